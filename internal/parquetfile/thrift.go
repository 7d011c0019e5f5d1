package parquetfile

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go/encoding/thrift"
)

var errThrift = errors.New("malformed metadata")

// decode decodes the struct that data begins with, in Thrift's compact protocol, and returns its length. The library
// allocates a list as long as the data says it is, so the lengths are looked at first: nothing is longer than what
// remains of the data.
func decode(data []byte, to any) (n int, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errThrift, p)
		}
	}()
	s := thriftScanner{data}
	if err := s.skipStruct(0); err != nil {
		return 0, err
	}
	n = len(data) - len(s.rest)
	var protocol thrift.CompactProtocol
	if err := thrift.NewDecoder(protocol.NewReaderFromBytes(data[:n])).Decode(to); err != nil {
		return 0, fmt.Errorf("%w: %w", errThrift, err)
	}
	return n, nil
}

// maxThriftDepth bounds how deep structs and lists may be nested; Parquet's own go down to about 8.
const maxThriftDepth = 32

// The types of Thrift's compact protocol. In a struct a Boolean is part of the field's head.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
)

// thriftScanner passes over values without keeping any.
type thriftScanner struct{ rest []byte }

func (s *thriftScanner) skipStruct(depth int) error {
	for {
		head, err := s.byte()
		if head == 0 || err != nil {
			return err
		}
		if head>>4 == 0 { // the field's number follows
			if _, err := s.varint(); err != nil {
				return err
			}
		}
		if kind := head & 0xf; kind != thriftTrue && kind != thriftFalse {
			if err := s.skip(kind, depth); err != nil {
				return err
			}
		}
	}
}

// skip passes over a value of a kind.
func (s *thriftScanner) skip(kind byte, depth int) error {
	if depth == maxThriftDepth {
		return errThrift
	}
	switch kind {
	case thriftTrue, thriftFalse, thriftByte:
		return s.take(1)
	case thriftI16, thriftI32, thriftI64:
		_, err := s.varint()
		return err
	case thriftDouble:
		return s.take(8)
	case thriftBinary:
		n, err := s.varint()
		if err != nil {
			return err
		}
		return s.take(n)
	case thriftList, thriftSet:
		return s.skipList(depth)
	case thriftMap:
		return s.skipMap(depth)
	case thriftStruct:
		return s.skipStruct(depth + 1)
	}
	return errThrift
}

func (s *thriftScanner) skipList(depth int) error {
	head, err := s.byte()
	if err != nil {
		return err
	}
	n := uint64(head >> 4)
	if n == 0xf {
		if n, err = s.varint(); err != nil {
			return err
		}
	}
	return s.skipAll(n, depth+1, head&0xf)
}

func (s *thriftScanner) skipMap(depth int) error {
	n, err := s.varint()
	if n == 0 || err != nil {
		return err
	}
	kinds, err := s.byte()
	if err != nil {
		return err
	}
	return s.skipAll(n, depth+1, kinds>>4, kinds&0xf)
}

// skipAll passes over n elements, each of values of the kinds.
func (s *thriftScanner) skipAll(n uint64, depth int, kinds ...byte) error {
	if n > uint64(len(s.rest)) { // an element takes a byte at least
		return errThrift
	}
	for range n {
		for _, kind := range kinds {
			if err := s.skip(kind, depth); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *thriftScanner) byte() (byte, error) {
	if len(s.rest) == 0 {
		return 0, errThrift
	}
	b := s.rest[0]
	s.rest = s.rest[1:]
	return b, nil
}

func (s *thriftScanner) varint() (uint64, error) {
	v, n := binary.Uvarint(s.rest)
	if n <= 0 {
		return 0, errThrift
	}
	s.rest = s.rest[n:]
	return v, nil
}

func (s *thriftScanner) take(n uint64) error {
	if n > uint64(len(s.rest)) {
		return errThrift
	}
	s.rest = s.rest[n:]
	return nil
}
