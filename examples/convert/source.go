package main

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"io"
	"os"

	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/examples/internal/spaces"
	"github.com/graphpnas/graphpnas/nasbench"
)

// detect returns the format of a file according to its first bytes.
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
	r := bufio.NewReader(file)
	head, err := r.Peek(8)
	if err != nil && err != io.EOF {
		return "", err
	}
	begins := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case begins("PAR1"):
		return "parquet", nil
	case begins("PK\x03\x04"), begins("\x80"): // a zip archive of PyTorch, or a pickle of its earlier versions
		return "nats", nil
	case begins("BZh") && bytes.HasPrefix(start(bzip2.NewReader(r)), []byte("\x80")): // a pickle
		return "nats", nil
	case begins("\x1f\x8b"):
		z, err := gzip.NewReader(r)
		if err == nil && bytes.IndexByte(start(z), 0) < 0 {
			return "csv", nil
		}
		return "nb101", nil
	case !begins("\x28\xb5\x2f\xfd") && bytes.IndexByte(head, 0) >= 0: // the length of a TFRecord's first record
		return "nb101", nil
	}
	return "csv", nil
}

// start returns the first decompressed bytes of a file. It ignores errors, which the file's reader will report.
func start(r io.Reader) []byte {
	head := make([]byte, 8)
	n, _ := io.ReadFull(r, head)
	return head[:n]
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
	return nil, program.Usagef("-format must be nb101, nats, csv or parquet, got %q", o.format)
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
	space, err := spaces.Find(o.space)
	if err != nil {
		return nil, err
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

// stream reads a file until the context ends and shows the progress.
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
