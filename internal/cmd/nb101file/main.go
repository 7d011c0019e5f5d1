// Nb101file writes a file in the format and with the size of the published NAS-Bench-101: every
// cell of the space with made-up figures. Use it to test and measure readers of such files.
//
//	go run ./internal/cmd/nb101file -out nb101.tfrecord -epochs 4,12,36,108 -repeats 3
//
// The same flags produce the same file. A file with 108 epochs takes 523 MB, one with all four
// numbers of epochs four times as much. An interrupt ends the program and removes the incomplete
// file.
package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/searchspace"
)

func main() {
	out := flag.String("out", "", "`file` to write")
	epochs := flag.String("epochs", "108", "numbers of training epochs, separated by commas")
	repeats := flag.Int("repeats", 3, "number of training runs of each cell for each number of epochs")
	compress := flag.Bool("gzip", false, "compress the file")
	if flag.Parse(); flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "nb101file: unexpected argument %q; see -h\n", flag.Arg(0))
		os.Exit(2)
	}
	trainings, err := parse(*out, *epochs, *repeats)
	if err != nil {
		fmt.Fprintf(os.Stderr, "nb101file: %v; see -h\n", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal kills the program
	if err := run(ctx, *out, trainings, *compress, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "nb101file:", err)
		os.Exit(1)
	}
}

// parse returns the training runs that the flags describe.
func parse(out, epochs string, repeats int) ([]training, error) {
	if out == "" || repeats < 1 {
		return nil, fmt.Errorf("-out must be set and -repeats must be at least 1, got %q and %d", out, repeats)
	}
	var trainings []training
	for text := range strings.SplitSeq(epochs, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("-epochs must list positive numbers, got %q", text)
		}
		for repeat := range repeats {
			trainings = append(trainings, training{epochs: n, repeat: repeat})
		}
	}
	return trainings, nil
}

// run writes the file. If it fails, it removes the file.
func run(ctx context.Context, out string, trainings []training, compress bool, stderr io.Writer) (err error) {
	file, err := os.Create(out)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, file.Close()); err != nil {
			err = errors.Join(err, os.Remove(out))
		}
	}()
	display := progress.New(stderr)
	defer display.Close()
	bar := display.Bar(progress.Options{Name: "writing " + out, Total: orderedCells, Times: true, Transient: true})
	if err := write(file, until(ctx, searchspace.NASBench101{}.All(), bar), trainings, compress); err != nil {
		return fmt.Errorf("%s: %w", out, err)
	}
	return context.Cause(ctx)
}

// orderedCells is the number of cells of the space, including isomorphic ones.
const orderedCells = 1_293_208

// until yields cells until ctx ends.
func until(ctx context.Context, cells iter.Seq[searchspace.Arch], bar *progress.Bar) iter.Seq[searchspace.Arch] {
	return func(yield func(searchspace.Arch) bool) {
		for a := range cells {
			if ctx.Err() != nil || !yield(a) {
				return
			}
			bar.Add(1)
		}
	}
}

// write writes cells with their training runs. Of isomorphic cells, it writes the first.
func write(w io.Writer, cells iter.Seq[searchspace.Arch], trainings []training, compress bool) error {
	buffered := bufio.NewWriterSize(w, 1<<20)
	if !compress {
		if err := writeRows(buffered, cells, trainings); err != nil {
			return err
		}
		return buffered.Flush()
	}
	z := gzip.NewWriter(buffered)
	if err := writeRows(z, cells, trainings); err != nil {
		return err
	}
	return errors.Join(z.Close(), buffered.Flush())
}
