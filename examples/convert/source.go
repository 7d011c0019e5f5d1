package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"

	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// spaces are those that a table can be of.
var spaces = map[string]searchspace.Space{
	"nasbench101": searchspace.NASBench101{},
	"nasbench201": searchspace.NASBench201{},
}

// detect tells the format of a file by its first bytes.
func detect(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if info.IsDir() {
		return "nats", nil
	}
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	head := make([]byte, 8)
	n, err := io.ReadFull(file, head)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return "", err
	}
	head = head[:n]
	begins := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case begins("PAR1"):
		return "parquet", nil
	case begins("BZh"), begins("PK\x03\x04"), begins("\x80"): // bzip2, a zip of PyTorch, a pickle of its earlier versions
		return "nats", nil
	case begins("\x1f\x8b"), bytes.IndexByte(head, 0) >= 0: // gzip, or the length of a TFRecord's first record
		return "nb101", nil
	}
	return "csv", nil
}

// load reads what is to be converted.
func load(ctx context.Context, o options, bar *progress) (*nasbench.Table, error) {
	if o.format == "" {
		var err error
		if o.format, err = detect(o.from); err != nil {
			return nil, err
		}
	}
	switch o.format {
	case "nats":
		return loadNATS(ctx, o, bar)
	case "nb101", "csv", "parquet":
		return loadFile(ctx, o, bar)
	}
	return nil, fmt.Errorf("unknown format %q: there are nb101, nats, csv and parquet", o.format)
}

func loadNATS(ctx context.Context, o options, bar *progress) (*nasbench.Table, error) {
	bar.say("opening " + o.from)
	benchmark, err := nasbench.OpenNATS(o.from)
	if err != nil {
		return nil, err
	}
	bar.begin("reading the cells", int64(benchmark.Len()))
	return benchmark.Table(ctx, func(cells int) { bar.reached(int64(cells)) })
}

// loadFile reads what is a stream of bytes.
func loadFile(ctx context.Context, o options, bar *progress) (*nasbench.Table, error) {
	space, ok := spaces[o.space]
	if !ok {
		return nil, fmt.Errorf("unknown space %q: there are nasbench101 and nasbench201", o.space)
	}
	epochs, err := parseEpochs(o.epochs)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(o.from)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	bar.begin("reading "+o.from, info.Size())
	r := &stream{ctx: ctx, r: file, bar: bar}
	switch o.format {
	case "csv":
		return nasbench.ReadCSV(r, o.from, space)
	case "parquet":
		return nasbench.ReadParquet(r, o.from, space)
	}
	benchmark, err := nasbench.ReadNB101(r, o.from, nasbench.NB101Options{Epochs: epochs})
	if err != nil {
		return nil, err
	}
	return benchmark.Table(), nil
}

// stream is a file that is read until the context ends.
type stream struct {
	ctx  context.Context
	r    io.Reader
	bar  *progress
	read int64
}

func (s *stream) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := s.r.Read(p)
	s.read += int64(n)
	s.bar.reached(s.read)
	return n, err
}
