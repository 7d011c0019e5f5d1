package parquetfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

var errDelta = errors.New("malformed differences")

// decodeDelta decodes n integers in the encoding DELTA_BINARY_PACKED, into to if it is large
// enough, and returns the remaining data. Of 32-bit integers, only the lower 32 bits are correct.
func decodeDelta(to []int64, n int, data []byte) (values []int64, rest []byte, err error) {
	if n == 0 && len(data) == 0 {
		return to[:0], nil, nil
	}
	var head [3]uint64 // number of values and of miniblocks in a block, and total number of values
	for i := range head {
		if head[i], data, err = uvarint(data); err != nil {
			return nil, nil, err
		}
	}
	value, data, err := varint(data)
	if err != nil {
		return nil, nil, err
	}
	block, minis := head[0], head[1]
	if minis == 0 || block > 1<<30 || block%(8*minis) != 0 || block == 0 {
		return nil, nil, errDelta
	}
	if head[2] != uint64(n) {
		return nil, nil, fmt.Errorf("got %d values, want %d", head[2], n)
	}
	to = slices.Grow(to[:0], n)
	if n > 0 {
		to = append(to, value)
	}
	for len(to) < n {
		if to, data, err = appendDeltaBlock(to, n, data, int(minis), int(block/minis)); err != nil {
			return nil, nil, err
		}
	}
	return to, data, nil
}

// appendDeltaBlock appends the values of a block, until there are n, and returns the data after the
// block.
func appendDeltaBlock(to []int64, n int, data []byte, minis, size int) ([]int64, []byte, error) {
	least, data, err := varint(data)
	if err != nil {
		return nil, nil, err
	}
	if len(data) < minis {
		return nil, nil, errShort
	}
	widths, data := data[:minis], data[minis:]
	value := to[len(to)-1]
	for _, width := range widths {
		count := min(size, n-len(to))
		if count == 0 {
			break
		}
		need := (count*int(width) + 7) / 8
		if width > 64 {
			return nil, nil, errDelta
		}
		if need > len(data) {
			return nil, nil, errShort
		}
		for i := range count {
			value += least + int64(packedAt(data, i*int(width), uint(width)))
			to = append(to, value)
		}
		data = data[min(size*int(width)/8, len(data)):] // the last may not be padded
	}
	return to, data, nil
}

// packedAt returns the number with the given width in bits, up to 64, at a bit of data.
func packedAt(data []byte, bit int, width uint) uint64 {
	if width == 0 {
		return 0
	}
	var word [9]byte
	copy(word[:], data[bit/8:])
	shift := uint(bit % 8)
	v := binary.LittleEndian.Uint64(word[:]) >> shift
	if shift > 0 {
		v |= uint64(word[8]) << (64 - shift)
	}
	return v & (1<<width - 1)
}

func uvarint(data []byte) (uint64, []byte, error) {
	v, n := binary.Uvarint(data)
	if n <= 0 {
		return 0, nil, errShort
	}
	return v, data[n:], nil
}

func varint(data []byte) (int64, []byte, error) {
	v, n := binary.Varint(data)
	if n <= 0 {
		return 0, nil, errShort
	}
	return v, data[n:], nil
}

// deltaIntegers decodes n integers in the encoding DELTA_BINARY_PACKED to the encoding PLAIN.
func (d *columnDecoder) deltaIntegers(n int, data []byte) (cells, error) {
	var err error
	if d.deltas, err = room(d, d.deltas, n); err != nil {
		return cells{}, err
	}
	if d.deltas, _, err = decodeDelta(d.deltas, n, data); err != nil {
		return cells{}, err
	}
	if d.scratch, err = room(d, d.scratch, 8*n); err != nil {
		return cells{}, err
	}
	for _, v := range d.deltas {
		switch d.kind.size {
		case 4:
			d.scratch = binary.LittleEndian.AppendUint32(d.scratch, uint32(v))
		default:
			d.scratch = binary.LittleEndian.AppendUint64(d.scratch, uint64(v))
		}
	}
	return cells{fixed: d.scratch}, nil
}

// deltaLengthTexts decodes n byte strings in the encoding DELTA_LENGTH_BYTE_ARRAY: their lengths,
// followed by their concatenation.
func (d *columnDecoder) deltaLengthTexts(n int, data []byte) ([]string, error) {
	var err error
	if d.deltas, err = room(d, d.deltas, n); err != nil {
		return nil, err
	}
	if d.deltas, data, err = decodeDelta(d.deltas, n, data); err != nil {
		return nil, err
	}
	if err := d.take(textMemory*int64(n) + int64(len(data))); err != nil {
		return nil, err
	}
	texts := make([]string, 0, n)
	joined := string(data)
	for _, length := range d.deltas {
		if length < 0 || length > int64(len(joined)) {
			return nil, errShort
		}
		texts = append(texts, joined[:length])
		joined = joined[length:]
	}
	return texts, nil
}

// deltaTexts decodes n byte strings in the encoding DELTA_BYTE_ARRAY: the length of the prefix that
// each shares with the previous one, and its suffix.
func (d *columnDecoder) deltaTexts(n int, data []byte) ([]string, error) {
	if err := d.take(8 * int64(n)); err != nil {
		return nil, err
	}
	defer d.give(8 * int64(n))
	prefixes, data, err := decodeDelta(nil, n, data)
	if err != nil {
		return nil, err
	}
	texts, err := d.deltaLengthTexts(n, data)
	if err != nil {
		return nil, err
	}
	last := ""
	for i, prefix := range prefixes {
		if prefix < 0 || prefix > int64(len(last)) {
			return nil, errDelta
		}
		switch {
		case prefix == 0:
		case texts[i] == "":
			texts[i] = last[:prefix]
		default:
			if err := d.take(prefix + int64(len(texts[i]))); err != nil {
				return nil, err
			}
			texts[i] = last[:prefix] + texts[i]
		}
		last = texts[i]
	}
	return texts, nil
}
