package parquetfile

import (
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go/encoding/thrift"
)

var errThrift = errors.New("malformed metadata")

// What the library allocates for an element of a list: a struct (the largest is that of a column in a row group), or
// anything else.
const (
	structMemory  = 600
	elementMemory = 24
)

// decode decodes the struct at the beginning of data, in Thrift's compact protocol, and returns its length and how much
// memory its lists take. The library allocates lists as long as the data claims they are, so the lengths are checked first:
// nothing is longer than the rest of the data, and the lists take no more memory than there is room for.
func decode(data []byte, to any, room int64) (n int, taken int64, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errThrift, p)
		}
	}()
	var protocol thrift.CompactProtocol
	r := protocol.NewReaderFromBytes(data)
	s := skipper{Reader: r, left: room}
	if err := s.skipStruct(0); err != nil {
		return 0, 0, fmt.Errorf("%w: %w", errThrift, err)
	}
	n = r.BytesRead()
	r.ResetBytes(data[:n])
	if err := thrift.NewDecoder(r).Decode(to); err != nil {
		return 0, 0, fmt.Errorf("%w: %w", errThrift, err)
	}
	return n, room - s.left, nil
}

// maxThriftDepth bounds how deep structs and lists may be nested; Parquet's own go about 8 deep.
const maxThriftDepth = 32

// skipper passes over values without keeping any of them.
type skipper struct {
	thrift.Reader
	left int64 // memory for the elements of lists
}

// skipStruct passes over a struct.
func (s *skipper) skipStruct(depth int) error {
	for {
		f, err := s.ReadField()
		if f.Type == thrift.STOP || err != nil {
			return err
		}
		if f.Type == thrift.TRUE || f.Type == thrift.FALSE {
			continue // a Boolean in a struct is part of the field's header
		}
		if err := s.skip(f.Type, depth); err != nil {
			return err
		}
	}
}

// skip passes over a value.
func (s *skipper) skip(kind thrift.Type, depth int) (err error) {
	if depth == maxThriftDepth {
		return errors.New("nested too deep")
	}
	switch kind {
	case thrift.TRUE, thrift.FALSE, thrift.I8:
		_, err = s.ReadInt8()
	case thrift.I16, thrift.I32, thrift.I64:
		_, err = s.ReadInt64()
	case thrift.DOUBLE:
		_, err = s.ReadFloat64()
	case thrift.BINARY:
		_, err = s.ReadBytes() // not a copy
	case thrift.LIST, thrift.SET:
		var l thrift.List
		if l, err = s.ReadList(); err == nil {
			err = s.skipAll(l.Size, depth+1, l.Type)
		}
	case thrift.MAP:
		var m thrift.Map
		if m, err = s.ReadMap(); err == nil {
			err = s.skipAll(m.Size, depth+1, m.Key, m.Value)
		}
	case thrift.STRUCT:
		err = s.skipStruct(depth + 1)
	default:
		err = fmt.Errorf("type %d is unknown", kind)
	}
	return err
}

// skipAll passes over n elements, each of values of the kinds. Every value takes at least a byte, so that more of them
// than the data can have are an error.
func (s *skipper) skipAll(n int32, depth int, kinds ...thrift.Type) error {
	for range n {
		for _, kind := range kinds {
			if kind == thrift.STRUCT {
				s.left -= structMemory
			} else {
				s.left -= elementMemory
			}
			if s.left < 0 {
				return errTooLong
			}
			if err := s.skip(kind, depth); err != nil {
				return err
			}
		}
	}
	return nil
}
