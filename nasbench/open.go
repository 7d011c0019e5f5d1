package nasbench

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/graphpnas/graphpnas/internal/parquetfile"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Open reads a table of architectures of the space from a Parquet ([ReadParquet]) or CSV ([ReadCSV]) file. It detects the format from the
// contents.
func Open(path string, space searchspace.Space) (*Table, error) {
	if space == nil {
		return nil, errors.New("opening a table: the space must not be nil")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening a table: %w", err)
	}
	defer file.Close()
	buffered := bufio.NewReader(file)
	// If the file is too short for the magic number or cannot be read, ReadCSV returns the error.
	if magic, _ := buffered.Peek(len(parquetfile.Magic)); string(magic) != parquetfile.Magic {
		return ReadCSV(buffered, path, space)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("opening a table: %w", err)
	}
	return openParquet(file, space)
}
