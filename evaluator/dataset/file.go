package dataset

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// openEither opens a file that may be compressed: name.gz in the directory, or name if that does not exist.
func openEither(dir, name string) (*os.File, error) {
	file, err := os.Open(filepath.Join(dir, name+".gz"))
	if !errors.Is(err, fs.ErrNotExist) {
		return file, err
	}
	file, err = os.Open(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s contains neither %s nor %s.gz: %w", dir, name, name, fs.ErrNotExist)
	}
	return file, err
}

// unpacked returns a reader of the file's content, decompressed if its first bytes show that it is compressed with gzip.
func unpacked(r io.Reader) (io.Reader, error) {
	in := bufio.NewReader(r)
	start, err := in.Peek(2)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if !bytes.Equal(start, []byte{0x1f, 0x8b}) {
		return in, nil
	}
	return gzip.NewReader(in)
}

// readExactly reads n bytes, after which r must end. It allocates memory in proportion to the data read, not to n.
func readExactly(r io.Reader, n int) ([]byte, error) {
	content, length := make([]byte, min(n, 1<<16)), 0
	for {
		m, err := io.ReadFull(r, content[length:])
		length += m
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil, fmt.Errorf("%d bytes of %d: %w", length, n, io.ErrUnexpectedEOF)
		}
		if err != nil {
			return nil, err
		}
		if length == n {
			break
		}
		longer := make([]byte, min(n, 2*length))
		copy(longer, content)
		content = longer
	}
	if err := readEnd(r); err != nil {
		return nil, err
	}
	return content, nil
}

// readEnd returns an error if r has not ended, or if its checksum is wrong.
func readEnd(r io.Reader) error {
	_, err := io.ReadFull(r, make([]byte, 1))
	if err == nil {
		return errors.New("there is extra data at the end of the file")
	}
	if err != io.EOF {
		return err
	}
	return nil
}
