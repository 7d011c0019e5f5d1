package main

import (
	"context"
	"io"
	"path/filepath"

	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/nasbench"
)

// encoder returns the method of a table that writes the format given by the extension of a file.
func encoder(path string) (func(*nasbench.Table, io.Writer) error, error) {
	switch filepath.Ext(path) {
	case ".parquet":
		return (*nasbench.Table).WriteParquet, nil
	case ".csv":
		return (*nasbench.Table).WriteCSV, nil
	}
	return nil, program.Usagef("-out %s: the name must end in .parquet or .csv", path)
}

// write writes the whole table, or nothing if it fails or the context ends first.
func write(ctx context.Context, path string, table *nasbench.Table, encode func(*nasbench.Table, io.Writer) error) error {
	return program.WriteFile(path, func(w io.Writer) error { return encode(table, &sink{ctx, w}) })
}

// sink is a writer that fails when the context has ended.
type sink struct {
	ctx context.Context
	w   io.Writer
}

func (s *sink) Write(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.w.Write(p)
}
