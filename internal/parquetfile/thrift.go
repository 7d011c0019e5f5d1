package parquetfile

import (
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go/encoding/thrift"
)

var errThrift = errors.New("malformed metadata")

// decode decodes the struct at the beginning of data, in Thrift's compact protocol, and returns its length. The library
// allocates lists as long as the data claims they are, so the lengths are checked first: nothing is longer than the rest
// of the data.
func decode(data []byte, to any) (n int, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errThrift, p)
		}
	}()
	var protocol thrift.CompactProtocol
	r := protocol.NewReaderFromBytes(data)
	if err := skipStruct(r, 0); err != nil {
		return 0, fmt.Errorf("%w: %w", errThrift, err)
	}
	n = r.BytesRead()
	r.ResetBytes(data[:n])
	if err := thrift.NewDecoder(r).Decode(to); err != nil {
		return 0, fmt.Errorf("%w: %w", errThrift, err)
	}
	return n, nil
}

// maxThriftDepth bounds how deep structs and lists may be nested; Parquet's own go about 8 deep.
const maxThriftDepth = 32

// skipStruct passes over a struct without keeping any of it.
func skipStruct(r thrift.Reader, depth int) error {
	for {
		f, err := r.ReadField()
		if f.Type == thrift.STOP || err != nil {
			return err
		}
		if f.Type == thrift.TRUE || f.Type == thrift.FALSE {
			continue // a Boolean in a struct is part of the field's header
		}
		if err := skip(r, f.Type, depth); err != nil {
			return err
		}
	}
}

// skip passes over a value.
func skip(r thrift.Reader, kind thrift.Type, depth int) (err error) {
	if depth == maxThriftDepth {
		return errors.New("nested too deep")
	}
	switch kind {
	case thrift.TRUE, thrift.FALSE, thrift.I8:
		_, err = r.ReadInt8()
	case thrift.I16, thrift.I32, thrift.I64:
		_, err = r.ReadInt64()
	case thrift.DOUBLE:
		_, err = r.ReadFloat64()
	case thrift.BINARY:
		_, err = r.ReadBytes() // not a copy
	case thrift.LIST, thrift.SET:
		var l thrift.List
		if l, err = r.ReadList(); err == nil {
			err = skipAll(r, l.Size, depth+1, l.Type)
		}
	case thrift.MAP:
		var m thrift.Map
		if m, err = r.ReadMap(); err == nil {
			err = skipAll(r, m.Size, depth+1, m.Key, m.Value)
		}
	case thrift.STRUCT:
		err = skipStruct(r, depth+1)
	default:
		err = fmt.Errorf("type %d is unknown", kind)
	}
	return err
}

// skipAll passes over n elements, each of values of the kinds. Every value takes at least a byte, so that more of them
// than the data can have are an error.
func skipAll(r thrift.Reader, n int32, depth int, kinds ...thrift.Type) error {
	for range n {
		for _, kind := range kinds {
			if err := skip(r, kind, depth); err != nil {
				return err
			}
		}
	}
	return nil
}
