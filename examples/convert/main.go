// Convert makes a table from a benchmark's own files: a Parquet file, which loads in milliseconds, or a CSV file. It also
// makes tables of the sizes of networks. The other examples, nasbench.Open and other software read such tables.
//
//	go run ./examples/convert -from NATS-tss-v1_0-3ffb9-simple -out nb201.parquet
//	go run ./examples/convert -from nasbench_full.tfrecord -epochs 4,12,36,108 -out nb101.parquet
//	go run ./examples/convert -from nb201.csv.gz -space nasbench201 -out nb201.parquet
//	go run ./examples/convert -sizes -channels 8 -cells 1 -image 1x8x8 -out sizes.csv
//
// The last command counts the parameters, multiplications per image and bytes of memory per training step of all cells
// of NAS-Bench-201 in the networks of nasbench.Digits201, without building them. The flag -figures of examples/compare
// reads such a table. With -from, it contains only the architectures of another table.
//
// The documentation of nasbench.NATS.Table and nasbench.NB101.Table describes the columns, and that of package nasbench the
// CSV and Parquet files that can be read. Columns that are not numeric are left out; the program lists them with the reason.
// Every architecture is checked. A conversion that fails or is stopped leaves no file behind.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/examples/internal/spaces"
	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/nasbench"
)

type options struct {
	from, format, space string
	epochs              string
	out                 string

	sizes           bool
	channels, cells int
	image           string
	classes, batch  int
}

func main() {
	var o options
	flag.StringVar(&o.from, "from", "", "`file` or directory of the benchmark, or a table")
	flag.StringVar(&o.format, "format", "", "`format` of -from: nb101, nats, csv or parquet (default: detected)")
	flag.StringVar(&o.space, "space", "nasbench201", "search `space` of a table: "+strings.Join(tool.Names(spaces.Tables), ", "))
	flag.StringVar(&o.epochs, "epochs", "108", "`epochs` of the training runs of NAS-Bench-101 to convert, separated by commas")
	flag.StringVar(&o.out, "out", "", "table to write: a `file` whose name ends in .parquet or .csv")
	flag.BoolVar(&o.sizes, "sizes", false,
		"write the sizes of the networks of all architectures in -space, or in -from: "+strings.Join(sizeColumns, ", "))
	flag.IntVar(&o.channels, "channels", 0, "channels of the first stage, for -sizes (default: the published network's)")
	flag.IntVar(&o.cells, "cells", 0, "cells in each stage, for -sizes (default: the published network's)")
	flag.StringVar(&o.image, "image", "3x32x32", "channels, height and width of an image, for -sizes")
	flag.IntVar(&o.classes, "classes", 10, "classes of images, for -sizes")
	flag.IntVar(&o.batch, "batch", 1, "images in a training step, which determine the memory, for -sizes")
	program.About(`
Convert makes a table from a benchmark's own files, or from another table. It checks every architecture. With -sizes, it makes a
table of the sizes of networks.

  go run ./examples/convert -from NATS-tss-v1_0-3ffb9-simple -out nb201.parquet
  go run ./examples/convert -sizes -out sizes.csv`)
	program.Main(func(ctx context.Context) error { return run(ctx, o, os.Stdout, os.Stderr) })
}

func run(ctx context.Context, o options, stdout io.Writer, stderr *os.File) error {
	if o.from == "" && !o.sizes || o.out == "" {
		return program.Usagef("-from and -out are required, or -sizes and -out")
	}
	encode, err := encoder(o.out)
	if err != nil {
		return err
	}
	s := steps{display: progress.New(stderr)}
	defer s.close()
	source := load
	if o.sizes {
		source = measure
	}
	table, err := source(ctx, o, &s)
	if err != nil {
		return err
	}
	s.begin("checking the architectures", 0)
	if err := table.Verify(ctx); err != nil {
		return err
	}
	s.begin("writing "+o.out, 0)
	if err := write(ctx, o.out, table, encode); err != nil {
		return err
	}
	return report(stdout, o.out, table)
}

// report prints what the table contains and which columns of the file were left out.
func report(w io.Writer, path string, table *nasbench.Table) error {
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %d architectures", path, table.Len())
	if _, of, ok := table.Coverage(); ok {
		fmt.Fprintf(&text, " of %d", of)
	}
	fmt.Fprintf(&text, ", columns %s\n", strings.Join(table.Columns(), ", "))
	for _, c := range table.Skipped() {
		fmt.Fprintf(&text, "left out: column %q: %s\n", c.Name, c.Reason)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// parseEpochs reads the numbers of -epochs.
func parseEpochs(list string) ([]int, error) {
	var epochs []int
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, program.Usagef("-epochs: %q is not a whole number", text)
		}
		epochs = append(epochs, n)
	}
	return epochs, nil
}
