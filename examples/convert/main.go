// Convert makes a table from a benchmark's own files: a Parquet file, which loads in milliseconds, or a CSV file. The other
// examples, nasbench.Open and other programs read such tables.
//
//	go run ./examples/convert -from NATS-tss-v1_0-3ffb9-simple -out nb201.parquet
//	go run ./examples/convert -from nasbench_full.tfrecord -epochs 4,12,36,108 -out nb101.parquet
//	go run ./examples/convert -from nb201.csv -space nasbench201 -out nb201.parquet
//
// The documentation of nasbench.NATS.Table and nasbench.NB101.Table describes the columns. Every architecture is checked. The
// table appears when it is complete: a conversion that fails or is stopped leaves nothing behind.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"

	"github.com/graphpnas/graphpnas/internal/progress"
)

type options struct {
	from, format, space string
	epochs              string
	out                 string
}

func main() {
	var o options
	flag.StringVar(&o.from, "from", "", "the benchmark's file or directory, or a table")
	flag.StringVar(&o.format, "format", "", "format of -from: nb101, nats, csv or parquet (default: detected)")
	flag.StringVar(&o.space, "space", "nasbench201", "search space of a table: nasbench101 or nasbench201")
	flag.StringVar(&o.epochs, "epochs", "108", "which trainings of NAS-Bench-101, by their epochs, separated by commas")
	flag.StringVar(&o.out, "out", "", "table to write: a name that ends in .parquet or .csv")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second interrupt ends the program at once
	defer stop()
	if err := run(ctx, o, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "convert:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, stdout io.Writer, stderr *os.File) error {
	if o.from == "" || o.out == "" {
		return errors.New("-from and -out are needed; see -h")
	}
	encode, err := encoder(o.out)
	if err != nil {
		return err
	}
	s := steps{display: progress.New(stderr)}
	defer s.close()
	table, err := load(ctx, o, &s)
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
	_, err = fmt.Fprintf(stdout, "%s: %d architectures, columns %s\n", o.out, table.Len(), strings.Join(table.Columns(), ", "))
	return err
}

// parseEpochs reads the numbers of -epochs.
func parseEpochs(list string) ([]int, error) {
	var epochs []int
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("-epochs: %q is not a whole number", text)
		}
		epochs = append(epochs, n)
	}
	return epochs, nil
}
