package nasbench

import (
	"bufio"
	"fmt"
	"io"
	"os"

	"github.com/graphpnas/graphpnas/internal/parquetfile"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Open reads a table of architectures of the space from a file, Parquet ([ReadParquet]) or CSV ([ReadCSV]). It tells
// which by the contents.
func Open(path string, space searchspace.Space) (*Table, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening a table: %w", err)
	}
	defer file.Close()
	buffered := bufio.NewReader(file)
	// A file that is too short for the magic, or cannot be read, is for ReadCSV to name.
	if magic, _ := buffered.Peek(len(parquetfile.Magic)); string(magic) != parquetfile.Magic {
		return ReadCSV(buffered, path, space)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("opening a table: %w", err)
	}
	return openParquet(file, space)
}
