// Package runs stores the results of searches in a file of JSON lines, so that a program that is killed can continue with the
// missing searches.
package runs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
)

// Read returns the records of a file, or none if the file does not exist. It removes an incomplete last line, which a killed
// program may leave. Fields that a line lacks keep the values that fresh gives them. The error names the line.
func Read[T any](path string, fresh func() T) ([]T, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if whole := bytes.LastIndexByte(text, '\n') + 1; whole < len(text) {
		if err := os.Truncate(path, int64(whole)); err != nil {
			return nil, err
		}
		text = text[:whole]
	}
	var all []T
	number := 0
	for line := range bytes.Lines(text) {
		number++
		r := fresh()
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", path, number, err)
		}
		all = append(all, r)
	}
	return all, nil
}

// File appends records to a file. It is safe for concurrent use. Close it when all are written.
type File struct {
	mu   sync.Mutex
	file *os.File
}

// Open opens a file to append to, and creates it if there is none.
func Open(path string) (*File, error) {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return nil, err
	}
	return &File{file: file}, nil
}

// Append writes a record as a line, which is on disk when Append returns.
func (f *File) Append(record any) error {
	line, err := json.Marshal(record)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	_, err = f.file.Write(append(line, '\n'))
	return errors.Join(err, f.file.Sync())
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }
