package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/graphpnas/graphpnas/nasbench"
)

// encoder returns the method of a table that writes the format of a file of that name.
func encoder(path string) (func(*nasbench.Table, io.Writer) error, error) {
	switch filepath.Ext(path) {
	case ".parquet":
		return (*nasbench.Table).WriteParquet, nil
	case ".csv":
		return (*nasbench.Table).WriteCSV, nil
	}
	return nil, fmt.Errorf("-out %s: the name must end in .parquet or .csv", path)
}

// write writes the table to a temporary file in the same directory, which it renames when it is complete.
func write(ctx context.Context, path string, table *nasbench.Table, encode func(*nasbench.Table, io.Writer) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	err = encode(table, &sink{ctx, file})
	if err == nil {
		err = errors.Join(file.Chmod(0o644), file.Sync())
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
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
