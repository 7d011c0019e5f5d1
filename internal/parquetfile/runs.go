package parquetfile

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// decodeRuns decodes n numbers with the given width in bits in Parquet's hybrid of run-length
// encoding and bit packing, into to if it is large enough. Numbers of width 0 are zeros and need no
// data.
func decodeRuns(to []uint32, n int, data []byte, width uint) ([]uint32, error) {
	if width > 32 {
		return nil, fmt.Errorf("numbers of %d bits are not supported", width)
	}
	to = slices.Grow(to[:0], n)
	if width == 0 {
		to = to[:n]
		clear(to)
		return to, nil
	}
	for len(to) < n {
		head, k := binary.Uvarint(data)
		if k <= 0 {
			return nil, errShort
		}
		data = data[k:]
		count := head >> 1
		length := uint64(width+7) / 8
		if head&1 == 1 { // groups of eight packed numbers
			if count > uint64(len(data)) {
				return nil, errShort
			}
			length = count * uint64(width)
			count *= 8
		}
		if length > uint64(len(data)) || count == 0 {
			return nil, errShort
		}
		count = min(count, uint64(n-len(to)))
		if head&1 == 1 {
			to = appendPacked(to, int(count), data[:length], width)
		} else {
			var word [4]byte
			copy(word[:], data[:length])
			v := binary.LittleEndian.Uint32(word[:])
			for range count {
				to = append(to, v)
			}
		}
		data = data[length:]
	}
	return to, nil
}

// appendPacked appends n numbers with the given width in bits.
func appendPacked(to []uint32, n int, data []byte, width uint) []uint32 {
	bits, have := uint64(0), uint(0)
	for range n {
		for have < width {
			bits |= uint64(data[0]) << have
			data, have = data[1:], have+8
		}
		to = append(to, uint32(bits&(1<<width-1)))
		bits >>= width
		have -= width
	}
	return to
}
