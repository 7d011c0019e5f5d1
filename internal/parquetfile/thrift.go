package parquetfile

import (
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go/encoding/thrift"
)

var errThrift = errors.New("malformed metadata")

// Memory that the library allocates for a list element: a struct (the largest is that of a column
// in a row group), or anything else.
const (
	structMemory  = 600
	elementMemory = 24
)

// decode decodes the struct at the beginning of data, in Thrift's compact protocol. It returns its
// length and the memory for its lists. The library allocates lists as long as the data claims, so
// decode first checks the lengths: nothing may be longer than the rest of the data, and the lists
// may use at most room bytes.
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

// maxThriftDepth limits the nesting of structs and lists. Parquet needs about 8 levels.
const maxThriftDepth = 32

// skipper skips values without storing them.
type skipper struct {
	thrift.Reader
	left int64 // memory for the elements of lists
}

// skipStruct skips a struct.
func (s *skipper) skipStruct(depth int) error {
	for {
		f, err := s.ReadField()
		if f.Type == thrift.STOP || err != nil {
			return err
		}
		if f.Type == thrift.TRUE || f.Type == thrift.FALSE {
			continue // a bool in a struct is part of the field's header
		}
		if err := s.skip(f.Type, depth); err != nil {
			return err
		}
	}
}

// skip skips a value.
func (s *skipper) skip(kind thrift.Type, depth int) (err error) {
	if depth == maxThriftDepth {
		return errors.New("nested too deeply")
	}
	switch kind {
	case thrift.TRUE, thrift.FALSE, thrift.I8:
		_, err = s.ReadInt8()
	case thrift.I16, thrift.I32, thrift.I64:
		_, err = s.ReadInt64()
	case thrift.DOUBLE:
		_, err = s.ReadFloat64()
	case thrift.BINARY:
		_, err = s.ReadBytes() // does not copy
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
		err = fmt.Errorf("unknown type %d", kind)
	}
	return err
}

// skipAll skips n elements that each consist of values of the kinds. Every value has at least one
// byte, so it returns an error for more values than the data can contain.
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
