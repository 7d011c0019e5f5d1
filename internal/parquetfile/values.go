package parquetfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/parquet-go/parquet-go/format"
)

var errShort = errors.New("too few bytes")

// appendTexts appends n texts, each of which is led by its length.
func appendTexts(to []string, n int, data []byte) ([]string, error) {
	if n > len(data)/4 {
		return nil, errShort
	}
	to = slices.Grow(to, n)
	text := string(data) // that all of them are parts of
	at := 0
	for range n {
		if len(text)-at < 4 {
			return nil, errShort
		}
		length := binary.LittleEndian.Uint32(data[at:])
		at += 4
		if uint64(length) > uint64(len(text)-at) {
			return nil, errShort
		}
		to = append(to, text[at:at+int(length)])
		at += int(length)
	}
	return to, nil
}

// badValue says that a value, counted from 0, is no number that can be kept.
type badValue struct {
	value int
	err   error
}

func (b *badValue) Error() string { return fmt.Sprintf("value %d: %v", b.value+1, b.err) }

// appendNumbers appends n numbers. The error is a badValue where one is not finite, or is no float64.
func (d *columnDecoder) appendNumbers(to []float64, n int, data []byte) ([]float64, error) {
	size := 8
	if d.kind.physical == format.Float || d.kind.physical == format.Int32 {
		size = 4
	}
	if n > len(data)/size {
		return nil, errShort
	}
	to = slices.Grow(to, n)
	for i := range n {
		v, err := d.kind.number(data[i*size:])
		if err != nil {
			return nil, &badValue{i, err}
		}
		to = append(to, v)
	}
	return to, nil
}

// number decodes the number that data begins with.
func (k kind) number(data []byte) (float64, error) {
	switch k.physical {
	case format.Double:
		return finite(math.Float64frombits(binary.LittleEndian.Uint64(data)))
	case format.Float:
		return finite(float64(math.Float32frombits(binary.LittleEndian.Uint32(data))))
	case format.Int32:
		if v := binary.LittleEndian.Uint32(data); k.unsigned {
			return float64(v), nil
		} else {
			return float64(int32(v)), nil
		}
	default:
		if v := binary.LittleEndian.Uint64(data); k.unsigned {
			return exact(v)
		} else {
			return exact(int64(v))
		}
	}
}

// endOfExact is the least integer up to which every one is a float64, but not the next.
const endOfExact = 1 << 53

func exact[T int64 | uint64](v T) (float64, error) {
	f := float64(v)
	if math.Abs(f) >= endOfExact {
		return 0, fmt.Errorf("%d may not be a float64", v)
	}
	return f, nil
}

func finite(v float64) (float64, error) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%v is not a finite number", v)
	}
	return v, nil
}

// decodeRuns decodes n numbers of so many bits in Parquet's hybrid of runs and packed bits, into memory that it may reuse.
func decodeRuns(to []uint32, n int, data []byte, width uint) ([]uint32, error) {
	if width > 32 {
		return nil, fmt.Errorf("numbers of %d bits", width)
	}
	to = slices.Grow(to[:0], n)
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

// appendPacked appends n numbers of so many bits each.
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
