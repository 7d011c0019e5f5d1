package tfrecord

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// bufferSize is how much of a file is read at a time.
const bufferSize = 1 << 18

// Reader reads the records of a file. A file that is compressed with gzip is recognised and read as what it holds.
type Reader struct {
	in      *bufio.Reader
	longest int
	record  int // the number of the record last begun
	err     error
}

// NewReader makes a reader of a file none of whose records is longer than the given number of bytes: what a corrupt
// file says of its lengths costs no more memory than that. The error says that the file cannot be read, or not be
// decompressed.
func NewReader(r io.Reader, longest int) (*Reader, error) {
	in := bufio.NewReaderSize(r, bufferSize)
	compressed, err := isGzip(in)
	if err != nil {
		return nil, err
	}
	if compressed {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("decompressing: %w", err)
		}
		in = bufio.NewReaderSize(z, bufferSize)
	}
	return &Reader{in: in, longest: longest}, nil
}

// isGzip tells whether a file begins with gzip's mark. A record's length may look the same, but then its checksum
// follows.
func isGzip(in *bufio.Reader) (bool, error) {
	start, err := in.Peek(headerSize)
	if err != nil && err != io.EOF {
		return false, err
	}
	if !bytes.HasPrefix(start, []byte{0x1f, 0x8b}) {
		return false, nil
	}
	return len(start) < headerSize || !headerIsWhole(start), nil
}

func headerIsWhole(header []byte) bool {
	return binary.LittleEndian.Uint32(header[8:]) == checksum(header[:8])
}

// Append appends the data of the next record to buf and returns the extended slice, or buf itself and an error: io.EOF
// after the last record, else one that names the record by its number, counted from 1. It wraps
// io.ErrUnexpectedEOF where the file ends within the record. After an error every call returns the same.
func (r *Reader) Append(buf []byte) ([]byte, error) {
	if r.err != nil {
		return buf, r.err
	}
	r.record++
	longer, err := r.append(buf)
	if err == io.EOF {
		r.err = err
		return buf, r.err
	}
	if err != nil {
		r.err = fmt.Errorf("record %d: %w", r.record, err)
		return buf, r.err
	}
	return longer, nil
}

func (r *Reader) append(buf []byte) ([]byte, error) {
	header, err := r.in.Peek(headerSize)
	if err == io.EOF && len(header) > 0 {
		return nil, fmt.Errorf("its length: %w", io.ErrUnexpectedEOF)
	}
	if err != nil {
		return nil, err
	}
	if !headerIsWhole(header) {
		return nil, errors.New("the checksum of its length is wrong")
	}
	length := binary.LittleEndian.Uint64(header)
	if length > uint64(r.longest) {
		return nil, fmt.Errorf("a length of %d bytes is above the limit of %d", length, r.longest)
	}
	if _, err := r.in.Discard(headerSize); err != nil {
		return nil, err
	}

	start, end := len(buf), len(buf)+int(length)
	buf = slices.Grow(buf, int(length)+footerSize)[:end+footerSize]
	if _, err := io.ReadFull(r.in, buf[start:]); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("its data: %w", err)
	}
	if binary.LittleEndian.Uint32(buf[end:]) != checksum(buf[start:end]) {
		return nil, errors.New("the checksum of its data is wrong")
	}
	return buf[:end], nil
}
