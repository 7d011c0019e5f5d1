// Convert makes a table of a benchmark's own files: a Parquet file that loads in milliseconds, or CSV, for the other
// examples, nasbench.Open and whatever else reads such files.
//
//	go run ./examples/convert -from NATS-tss-v1_0-3ffb9-simple -out nb201.parquet
//	go run ./examples/convert -from nasbench_full.tfrecord -epochs 4,12,36,108 -out nb101.parquet
//	go run ./examples/convert -from nb201.csv -space nasbench201 -out nb201.parquet
//
// What the columns are is told by the documentation of nasbench.NATS.Table and nasbench.NB101.Table. Every architecture is
// checked on the way. The table appears when it is whole: a conversion that fails or is stopped leaves nothing behind.
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
)

type options struct {
	from, format, space string
	epochs              string
	out                 string
}

func main() {
	var o options
	flag.StringVar(&o.from, "from", "", "the benchmark's file or directory, or a table")
	flag.StringVar(&o.format, "format", "", "what it is: nb101, nats, csv or parquet (default: told by its contents)")
	flag.StringVar(&o.space, "space", "nasbench201", "search space of a table: nasbench101 or nasbench201")
	flag.StringVar(&o.epochs, "epochs", "108", "of NAS-Bench-101, how long was trained, separated by commas")
	flag.StringVar(&o.out, "out", "", "the table to write, named .parquet or .csv")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // what does not look at the context ends at the second interrupt
	defer stop()
	if err := run(ctx, o, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "convert:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, stdout io.Writer, stderr *os.File) error {
	if o.from == "" || o.out == "" {
		return errors.New("-from and -out are needed; -h tells more")
	}
	encode, err := encoder(o.out)
	if err != nil {
		return err
	}
	bar := newProgress(stderr)
	defer bar.close()
	table, err := load(ctx, o, bar)
	if err != nil {
		return err
	}
	bar.say("checking the architectures")
	if err := table.Verify(ctx); err != nil {
		return err
	}
	bar.say("writing " + o.out)
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
			return nil, fmt.Errorf("-epochs: %q is not a number", text)
		}
		epochs = append(epochs, n)
	}
	return epochs, nil
}
