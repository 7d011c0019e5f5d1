package parquetfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/parquet-go/parquet-go/format"
)

var errShort = errors.New("too few bytes")

// cells are values of a column: numbers of one size, or byte strings. If indices is set, it holds
// the values, as indexes into the others, which are the dictionary.
type cells struct {
	fixed   []byte
	texts   []string
	indices []uint32
}

// plainDictionary is the encoding that older writers use for a dictionary and for the values taken
// from it.
const plainDictionary = format.Encoding(2)

// decodeValues decodes the n values of a page. They are valid until the next call.
func (d *columnDecoder) decodeValues(n int, encoding format.Encoding, data []byte) (cells, error) {
	physical, size := d.kind.physical, d.kind.size
	bytes := physical == format.ByteArray || physical == format.FixedLenByteArray
	switch {
	case n == 0:
		return cells{}, nil
	case encoding == format.RLEDictionary || encoding == plainDictionary:
		return d.words(n, data)
	case encoding == format.Plain:
		return d.plain(n, data)
	case encoding == format.ByteStreamSplit && size > 0:
		return d.split(n, data)
	case encoding == format.DeltaBinaryPacked && (physical == format.Int32 || physical == format.Int64):
		return d.deltaIntegers(n, data)
	case encoding == format.DeltaLengthByteArray && bytes && size == 0:
		texts, err := d.deltaLengthTexts(n, data)
		return cells{texts: texts}, err
	case encoding == format.DeltaByteArray && bytes:
		texts, err := d.deltaTexts(n, data)
		if err == nil && size > 0 {
			return d.joined(texts, size)
		}
		return cells{texts: texts}, err
	}
	return cells{}, fmt.Errorf("encoding %v of values of type %v is not supported", encoding, physical)
}

// plain decodes n values in the encoding PLAIN.
func (d *columnDecoder) plain(n int, data []byte) (cells, error) {
	if d.kind.size == 0 {
		texts, err := d.plainTexts(n, data)
		return cells{texts: texts}, err
	}
	if n > len(data)/d.kind.size {
		return cells{}, errShort
	}
	return cells{fixed: data}, nil
}

// plainTexts decodes n byte strings, each preceded by its length.
func (d *columnDecoder) plainTexts(n int, data []byte) ([]string, error) {
	if n > len(data)/4 {
		return nil, errShort
	}
	if err := d.take(textMemory*int64(n) + int64(len(data))); err != nil {
		return nil, err
	}
	texts := make([]string, 0, n)
	text := string(data) // all texts share its memory
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
		texts = append(texts, text[at:at+int(length)])
		at += int(length)
	}
	return texts, nil
}

// joined concatenates byte strings of one size.
func (d *columnDecoder) joined(texts []string, size int) (cells, error) {
	defer d.give(textMemory * int64(len(texts)))
	for _, text := range texts {
		if len(text) != size {
			return cells{}, fmt.Errorf("a value must have %d bytes, got %d", size, len(text))
		}
	}
	var err error
	if d.scratch, err = room(d, d.scratch, size*len(texts)); err != nil {
		return cells{}, err
	}
	for _, text := range texts {
		d.scratch = append(d.scratch, text...)
	}
	return cells{fixed: d.scratch}, nil
}

// split decodes n values in the encoding BYTE_STREAM_SPLIT: the first byte of each, then the second
// byte of each, and so on.
func (d *columnDecoder) split(n int, data []byte) (cells, error) {
	size := d.kind.size
	if n > len(data)/size {
		return cells{}, errShort
	}
	var err error
	if d.scratch, err = room(d, d.scratch, n*size); err != nil {
		return cells{}, err
	}
	d.scratch = d.scratch[:n*size]
	for i := range size {
		for row, b := range data[i*n : (i+1)*n] {
			d.scratch[row*size+i] = b
		}
	}
	return cells{fixed: d.scratch}, nil
}

// readDictionary decodes a dictionary page.
func (d *columnDecoder) readDictionary(h *format.DictionaryPageHeader, body []byte, size int) error {
	if d.dictionary != nil {
		return errors.New("there must not be a second dictionary")
	}
	if h.NumValues < 0 || h.Encoding != format.Plain && h.Encoding != plainDictionary {
		return fmt.Errorf("a dictionary of %d values in encoding %v is not supported", h.NumValues, h.Encoding)
	}
	values, err := d.decompress(body, size)
	if err != nil {
		return err
	}
	before := d.taken
	words, err := d.plain(int(h.NumValues), values)
	if err != nil {
		return err
	}
	if err := d.take(int64(len(words.fixed))); err != nil {
		return err
	}
	d.wordsTaken = d.taken - before
	words.fixed = slices.Clone(words.fixed)
	d.dictionary, d.numWords = &words, int(h.NumValues)
	return nil
}

// words decodes n values from the dictionary: the width of an index in bits, followed by the
// indexes. If the dictionary has only one value, writers may omit everything, or everything but the
// width.
func (d *columnDecoder) words(n int, data []byte) (cells, error) {
	if d.dictionary == nil {
		return cells{}, errors.New("the values refer to a dictionary, but there is none")
	}
	width := uint(0)
	if len(data) > 0 {
		width, data = uint(data[0]), data[1:]
	} else if d.numWords != 1 {
		return cells{}, errShort
	}
	var err error
	if d.indices, err = room(d, d.indices, n); err != nil {
		return cells{}, err
	}
	if d.indices, err = decodeRuns(d.indices, n, data, width); err != nil {
		return cells{}, err
	}
	if last := slices.Max(d.indices); int64(last) >= int64(d.numWords) {
		return cells{}, fmt.Errorf("a value refers to entry %d of a dictionary with %d entries", last+1, d.numWords)
	}
	return cells{d.dictionary.fixed, d.dictionary.texts, d.indices}, nil
}
