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

// spaces are the search spaces of tables.
var spaces = map[string]searchspace.Space{
	"nasbench101": searchspace.NASBench101{},
	"nasbench201": searchspace.NASBench201{},
}

// detect returns the format of a file, judged by its first bytes.
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

// load reads the table to convert.
func load(ctx context.Context, o options, s *steps) (*nasbench.Table, error) {
	if o.format == "" {
		var err error
		if o.format, err = detect(o.from); err != nil {
			return nil, err
		}
	}
	switch o.format {
	case "nats":
		return loadNATS(ctx, o, s)
	case "nb101", "csv", "parquet":
		return loadFile(ctx, o, s)
	}
	return nil, fmt.Errorf("unknown format %q: want nb101, nats, csv or parquet", o.format)
}

func loadNATS(ctx context.Context, o options, s *steps) (*nasbench.Table, error) {
	s.begin("opening "+o.from, 0)
	benchmark, err := nasbench.OpenNATS(o.from)
	if err != nil {
		return nil, err
	}
	s.begin("reading the cells", benchmark.Len())
	return benchmark.Table(ctx, s.reached)
}

// loadFile reads a single file.
func loadFile(ctx context.Context, o options, s *steps) (*nasbench.Table, error) {
	space, ok := spaces[o.space]
	if !ok {
		return nil, fmt.Errorf("unknown space %q: want nasbench101 or nasbench201", o.space)
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
	s.begin("reading "+o.from, int(info.Size()))
	r := &stream{ctx: ctx, r: file, steps: s}
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

// stream reads a file until the context ends, and shows the progress.
type stream struct {
	ctx   context.Context
	r     io.Reader
	steps *steps
	read  int
}

func (s *stream) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := s.r.Read(p)
	s.read += n
	s.steps.reached(s.read)
	return n, err
}
