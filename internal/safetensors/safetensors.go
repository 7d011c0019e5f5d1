// Package safetensors writes and reads tensors of float32 and float64 in the safetensors format
// (https://github.com/huggingface/safetensors), which other frameworks can read too: the length of
// the header in eight bytes, a JSON header, and all values in little-endian order. The metadata
// that Write adds contains a CRC-32 (IEEE) of the values under "crc32". Files from other programs
// do not have one.
package safetensors

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/graphpnas/graphpnas/internal/limit"
)

// ErrFormat is wrapped by the error for a file that is truncated, altered, or in another format.
var ErrFormat = errors.New("not a file of tensors")

const (
	maxHeader   = 16 << 20 // bytes
	maxTensors  = 1 << 16  // tensors in a file, and also metadata values
	maxEntry    = 1 << 12  // bytes of JSON about a tensor
	metadata    = "__metadata__"
	checksumKey = "crc32"
)

// Tensor is a named tensor. Its values are row-major in Values, or in Doubles if that is not nil.
type Tensor struct {
	Name    string
	Shape   []int
	Values  []float32
	Doubles []float64
}

// dtype returns the name of the value type in the format, and the size of all values in bytes.
func (t Tensor) dtype() (name string, size int) {
	if t.Doubles != nil {
		return "F64", 8 * len(t.Doubles)
	}
	return "F32", 4 * len(t.Values)
}

// entry is a tensor's entry in the header.
type entry struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

// Write writes a file with the tensors and metadata, to which it adds the checksum.
func Write(w io.Writer, meta map[string]string, tensors []Tensor) error {
	var data []byte
	header := map[string]any{}
	for _, t := range tensors {
		start := len(data)
		for _, v := range t.Values {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
		}
		for _, v := range t.Doubles {
			data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
		}
		dtype, _ := t.dtype()
		header[t.Name] = entry{dtype, t.Shape, [2]int{start, len(data)}}
	}
	all := map[string]string{}
	maps.Copy(all, meta)
	all[checksumKey] = checksum(data)
	header[metadata] = all
	text, err := json.Marshal(header)
	if err != nil {
		return err
	}
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
	_, err = w.Write(append(append(file, text...), data...))
	return err
}

func checksum(data []byte) string { return strconv.FormatUint(uint64(crc32.ChecksumIEEE(data)), 10) }

// File is a file that has been read.
type File struct {
	Meta map[string]string // metadata, which the checksum does not cover

	header map[string]entry
	data   []byte
}

// Read reads a file. It checks that the tensors fill it exactly and, if the metadata has a
// checksum, that the values match it. A file may have at most 65,536 tensors and as many metadata
// values. Reading uses at most 16 times the length of the file plus 64 MiB of memory, and an error
// has at most 1 KB. The error wraps [ErrFormat] if the file is invalid. If reading fails, which
// says nothing about the file, it wraps the reader's error.
func Read(r io.Reader) (*File, error) {
	f, err := read(r)
	return f, limit.Error(err)
}

func read(r io.Reader) (*File, error) {
	text, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	f, err := parseHeader(text)
	if err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrFormat, err)
	}
	end := 0
	for _, e := range f.header {
		end = max(end, e.Offsets[1])
	}
	if f.data, err = io.ReadAll(r); err != nil {
		return nil, readError("values", err)
	}
	if len(f.data) != end {
		return nil, fmt.Errorf("%w: it must have %d bytes of values, got %d: truncated or altered", ErrFormat, end, len(f.data))
	}
	if want, ok := f.Meta[checksumKey]; ok && checksum(f.data) != want {
		return nil, fmt.Errorf("%w: the checksum of the values must be %s, got %s: altered", ErrFormat, want, checksum(f.data))
	}
	return f, nil
}

// readHeader reads the JSON of the header.
func readHeader(r io.Reader) ([]byte, error) {
	var size [8]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, readError("length of the header", err)
	}
	n := binary.LittleEndian.Uint64(size[:])
	if n > maxHeader {
		return nil, fmt.Errorf("%w: the header must have at most %d bytes, got %d", ErrFormat, maxHeader, n)
	}
	text, err := io.ReadAll(io.LimitReader(r, int64(n)))
	if err == nil && uint64(len(text)) < n {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, readError("header", err)
	}
	return text, nil
}

// readError distinguishes a file that ends too early from a reader that fails.
func readError(what string, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %s: %w", ErrFormat, what, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// Len returns the number of float32 values that would fill the data of the file.
func (f *File) Len() int { return len(f.data) / 4 }

// Shape returns the shape of a tensor according to the header, or nil if the file does not have the
// tensor.
func (f *File) Shape(name string) []int { return f.header[name].Shape }

// Fill copies the values of the tensors from the file, which must have them with the same names,
// shapes and types. Other tensors of the file are ignored.
func (f *File) Fill(tensors []Tensor) error {
	for _, t := range tensors {
		e, ok := f.header[t.Name]
		if !ok {
			return fmt.Errorf("%w: there is no tensor %q", ErrFormat, t.Name)
		}
		lo, hi := e.Offsets[0], e.Offsets[1]
		dtype, size := t.dtype()
		if e.DType != dtype || !slices.Equal(e.Shape, t.Shape) || lo < 0 || hi < lo || hi > len(f.data) || hi-lo != size {
			return fmt.Errorf("%w: tensor %q must be %s of shape %v, got %s of shape %v in bytes %v", ErrFormat, t.Name, dtype, t.Shape, e.DType,
				e.Shape, e.Offsets)
		}
		for i := range t.Values {
			t.Values[i] = math.Float32frombits(binary.LittleEndian.Uint32(f.data[lo+4*i:]))
		}
		for i := range t.Doubles {
			t.Doubles[i] = math.Float64frombits(binary.LittleEndian.Uint64(f.data[lo+8*i:]))
		}
	}
	return nil
}
