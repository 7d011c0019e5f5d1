package nasbench

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"sync"

	"github.com/graphpnas/graphpnas/internal/nb101"
	"github.com/graphpnas/graphpnas/internal/tfrecord"
)

// NB101Options selects the part of NAS-Bench-101's file to keep in memory.
type NB101Options struct {
	// Epochs lists the numbers of epochs whose training runs are kept. If nil, only training runs for 108 epochs are kept.
	Epochs []int
}

// OpenNB101 reads NAS-Bench-101's file, nasbench_only108.tfrecord or nasbench_full.tfrecord; see [ReadNB101].
func OpenNB101(path string, options NB101Options) (*NB101, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening NAS-Bench-101: %w", err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s: this is a directory; open the file nasbench_only108.tfrecord or nasbench_full.tfrecord", path)
	}
	return ReadNB101(file, path, options)
}

// ReadNB101 reads NAS-Bench-101 in the format of its published files: a TFRecord file of JSON
// arrays, one for each training run of a cell, which contain the cell's md5, the number of epochs,
// the adjacency matrix row by row, the operations, and a protocol buffer of figures in base64. The
// file may be compressed with gzip, and may contain any part of the benchmark.
//
// ReadNB101 checks every record, for any number of epochs: its checksums, that its cell is valid,
// and the format and range of every number. Rows with the same md5 must have isomorphic cells and
// the same number of parameters. It does not check that the md5 is correct, which takes longer;
// call [NB101.Verify] for that.
//
// Errors contain the given name and the number of the record, from 1. If the file is something
// else, such as a web page or an archive, the error says so. It wraps searchspace.ErrInvalid if a
// cell is not valid, and [ErrNotRecorded] if the file has no training for one of the numbers of
// epochs.
func ReadNB101(r io.Reader, name string, options NB101Options) (*NB101, error) {
	b, err := newNB101Builder(name, options)
	if err != nil {
		return nil, err
	}
	records, err := tfrecord.NewReader(r, maxNB101Record)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := readNB101Rows(records, b.add); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return b.finish()
}

const (
	maxNB101Record = 1 << 16 // maximum size of a record in bytes; the published ones have about 400
	nb101ChunkSize = 1 << 18 // approximate size of a chunk in bytes
)

// nb101Chunk is a sequence of consecutive records that is passed from the reader to a decoder and to the index.
type nb101Chunk struct {
	first   int // the number of its first record
	text    []byte
	ends    []int // the ends of the records in text
	rows    []nb101.Row
	err     error         // why there are no more rows, io.EOF at the end of the file
	decoded chan struct{} // receives a value when rows and err are set
}

// readNB101Rows calls add once per row, in the order of the file, with the number of the row's record. One goroutine
// reads, GOMAXPROCS goroutines decode, and the caller's goroutine calls add. Chunks are reused, which limits memory.
func readNB101Rows(records *tfrecord.Reader, add func(record int, row *nb101.Row) error) error {
	decoders := runtime.GOMAXPROCS(0)
	chunks := decoders + 2 // one for the reader, one for the caller
	free, filled, inOrder := make(chan *nb101Chunk, chunks), make(chan *nb101Chunk, chunks), make(chan *nb101Chunk, chunks)
	for range chunks {
		free <- &nb101Chunk{decoded: make(chan struct{}, 1)}
	}
	var workers sync.WaitGroup
	defer workers.Wait()
	workers.Go(func() {
		defer close(filled)
		next := 1
		for c := range free {
			next = c.fill(records, next)
			last := c.err != nil // after sending, the decoder owns c
			filled <- c
			inOrder <- c
			if last {
				return
			}
		}
	})
	for range decoders {
		workers.Go(func() {
			var d nb101.Decoder
			for c := range filled {
				c.decode(&d)
				c.decoded <- struct{}{}
			}
		})
	}
	defer close(free) // stops the reader
	for {
		c := <-inOrder
		<-c.decoded
		err := c.add(add)
		if err == nil {
			err = c.err
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		free <- c
	}
}

// fill reads records, the first of which has number next, and returns the number after that of the last one.
func (c *nb101Chunk) fill(records *tfrecord.Reader, next int) int {
	c.first, c.text, c.ends = next, c.text[:0], c.ends[:0]
	for len(c.text) < nb101ChunkSize && c.err == nil {
		if c.text, c.err = records.Append(c.text); c.err == nil {
			c.ends = append(c.ends, len(c.text))
		}
	}
	return next + len(c.ends)
}

// decode decodes the records up to the first one that is not valid.
func (c *nb101Chunk) decode(d *nb101.Decoder) {
	c.rows = slices.Grow(c.rows[:0], len(c.ends))[:len(c.ends)]
	start := 0
	for i, end := range c.ends {
		if err := d.Decode(c.text[start:end], &c.rows[i]); err != nil {
			c.rows, c.err = c.rows[:i], fmt.Errorf("record %d: %w", c.first+i, err)
			return
		}
		start = end
	}
}

// add calls add for each row.
func (c *nb101Chunk) add(add func(record int, row *nb101.Row) error) error {
	for i := range c.rows {
		if err := add(c.first+i, &c.rows[i]); err != nil {
			return fmt.Errorf("record %d: %w", c.first+i, err)
		}
	}
	return nil
}
