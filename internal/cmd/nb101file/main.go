// Nb101file writes a file in the format of NAS-Bench-101 and of its published size, every cell of the space with
// made-up figures, to measure and test what reads it.
//
//	go run ./internal/cmd/nb101file -out nb101.tfrecord -epochs 4,12,36,108 -repeats 3
//
// The same flags make the same file. One of 108 epochs takes 523 MB, one of all four epochs four times as much.
package main

import (
	"bufio"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"os"
	"strconv"
	"strings"

	"github.com/graphpnas/graphpnas/searchspace"
)

func main() {
	out := flag.String("out", "", "the file to write")
	epochs := flag.String("epochs", "108", "how many epochs were trained, separated by commas")
	repeats := flag.Int("repeats", 3, "trainings of each cell for each number of epochs")
	compress := flag.Bool("gzip", false, "compress the file")
	flag.Parse()
	if err := run(*out, *epochs, *repeats, *compress); err != nil {
		fmt.Fprintln(os.Stderr, "nb101file:", err)
		os.Exit(1)
	}
}

func run(out, epochs string, repeats int, compress bool) error {
	if out == "" || repeats < 1 {
		return errors.New("-out and at least one repeat are needed; -h tells more")
	}
	var trainings []training
	for text := range strings.SplitSeq(epochs, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return fmt.Errorf("-epochs: %q is not a positive number", text)
		}
		for repeat := range repeats {
			trainings = append(trainings, training{epochs: n, repeat: repeat})
		}
	}
	file, err := os.Create(out)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := write(file, searchspace.NASBench101{}.All(), trainings, compress); err != nil {
		return fmt.Errorf("%s: %w", out, err)
	}
	return file.Close()
}

// write writes cells with these trainings, of isomorphic ones the first.
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
