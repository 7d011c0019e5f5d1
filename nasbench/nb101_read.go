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

// NB101Options says what of NAS-Bench-101's file is kept in memory.
type NB101Options struct {
	// Epochs are the numbers of epochs whose trainings are kept. nil: those of 108.
	Epochs []int
}

// OpenNB101 reads NAS-Bench-101's file, see [ReadNB101].
func OpenNB101(path string, options NB101Options) (*NB101, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening NAS-Bench-101: %w", err)
	}
	defer file.Close()
	return ReadNB101(file, path, options)
}

// ReadNB101 reads NAS-Bench-101 in the format of its published files: a TFRecord of JSON arrays, one for each training of
// a cell, that hold the cell's md5, the number of epochs, the adjacency matrix row by row, the operations, and a protocol
// buffer of figures in base64. The file may be compressed with gzip, and may hold any part of the benchmark.
//
// Every record is checked, whatever its epochs: its checksums, the legality of its cell, the form and range of every
// number. Rows of one md5 must have isomorphic cells and the same number of parameters. Whether a cell has the md5 that
// the file says takes longer than all that, and is for [NB101.Verify] to tell. An error names the file by the given
// name, and the record by its number, from 1; it wraps searchspace.ErrInvalid for what is no legal cell, and
// [ErrNotRecorded] where the file has no training of one of the epochs that are asked for.
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
	maxNB101Record = 1 << 16 // in bytes; the published ones have about 400
	nb101ChunkSize = 1 << 18 // in bytes, about
)

// nb101Chunk is some records that follow each other, on their way from the file to the index.
type nb101Chunk struct {
	first   int // the number of its first record
	text    []byte
	ends    []int // of the records in text
	rows    []nb101.Row
	err     error         // why there are no more rows, io.EOF at the end of the file
	decoded chan struct{} // tells that rows and err are there
}

// readNB101Rows calls add for every row with the number of its record, in the order of the file. One goroutine reads,
// as many as there are processors decode, and the caller's adds. Chunks go round, so that memory is bounded.
func readNB101Rows(records *tfrecord.Reader, add func(record int, row *nb101.Row) error) error {
	decoders := runtime.GOMAXPROCS(0)
	chunks := decoders + 2 // one with the reader, one with the caller
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
			last := c.err != nil // from now on it is the decoder's
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
	defer close(free) // the reader stops
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

// fill reads records, of which the first has the given number, and returns the next number.
func (c *nb101Chunk) fill(records *tfrecord.Reader, next int) int {
	c.first, c.text, c.ends = next, c.text[:0], c.ends[:0]
	for len(c.text) < nb101ChunkSize && c.err == nil {
		if c.text, c.err = records.Append(c.text); c.err == nil {
			c.ends = append(c.ends, len(c.text))
		}
	}
	return next + len(c.ends)
}

// decode decodes the records up to the first that is no row.
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

// add hands the rows on.
func (c *nb101Chunk) add(add func(record int, row *nb101.Row) error) error {
	for i := range c.rows {
		if err := add(c.first+i, &c.rows[i]); err != nil {
			return fmt.Errorf("record %d: %w", c.first+i, err)
		}
	}
	return nil
}
