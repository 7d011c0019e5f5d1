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

	"github.com/graphpnas/graphpnas/internal/sniff"
)

// bufferSize is the number of bytes read from a file at a time.
const bufferSize = 1 << 18

// Reader reads the records of a file, which may be compressed with gzip.
type Reader struct {
	in      *bufio.Reader
	longest int
	record  int // number of the current record, from 1
	err     error
}

// NewReader returns a reader of a file whose records have at most longest bytes. This limits the
// memory that the lengths in a damaged file can claim. It returns an error if the file cannot be
// read or decompressed.
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

// isGzip reports whether a file is compressed with gzip. The length of a record may look like the
// magic of gzip, but then its checksum follows.
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

// Append appends the data of the next record to buf and returns the extended slice. After the last
// record, it returns buf and io.EOF. If the record is damaged, it returns buf and an error with the
// number of the record, from 1. The error wraps io.ErrUnexpectedEOF if the file ends within the
// record. After an error, all calls return the same error.
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
	if err == io.ErrUnexpectedEOF {
		err = fmt.Errorf("the file ends within the record; is the download complete? %w", err)
	}
	if err != nil {
		r.err = fmt.Errorf("record %d: %w", r.record, err)
		return buf, r.err
	}
	return longer, nil
}

// notARecord adds the actual file type to an error if the file does not even start like a TFRecord
// file.
func (r *Reader) notARecord(err error) error {
	if r.record == 1 {
		head, _ := r.in.Peek(sniff.HeadSize)
		if name := sniff.Name(head); name != "" {
			return fmt.Errorf("this is %s, not a TFRecord file: %w", name, err)
		}
	}
	return err
}

func (r *Reader) append(buf []byte) ([]byte, error) {
	header, err := r.in.Peek(headerSize)
	if err == io.EOF && len(header) > 0 {
		return nil, r.notARecord(io.ErrUnexpectedEOF)
	}
	if err != nil {
		return nil, err
	}
	if !headerIsWhole(header) {
		return nil, r.notARecord(errors.New("the checksum of its length is wrong"))
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
		return nil, err
	}
	if binary.LittleEndian.Uint32(buf[end:]) != checksum(buf[start:end]) {
		return nil, errors.New("the checksum of its data is wrong")
	}
	return buf[:end], nil
}
