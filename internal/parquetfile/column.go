package parquetfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"

	"github.com/parquet-go/parquet-go/format"
)

// columnDecoder is a column that is being read.
type columnDecoder struct {
	*reader
	kind   kind
	column Column

	// Of the current chunk:
	codec    format.CompressionCodec
	texts    []string // the dictionary
	numbers  []float64
	hasWords bool // there is a dictionary

	// Memory that goes from page to page:
	buffer  []byte
	levels  []uint32
	indices []uint32
}

// len returns how many rows are read.
func (d *columnDecoder) len() int { return len(d.column.Texts) + len(d.column.Numbers) }

// readChunk reads the rows of a group.
func (d *columnDecoder) readChunk(chunk *format.ColumnChunk, rows int) error {
	if chunk.FilePath != "" {
		return errors.New("the pages are in another file")
	}
	pages, err := d.span(&chunk.MetaData)
	if err != nil {
		return err
	}
	d.codec = chunk.MetaData.Codec
	d.texts, d.numbers, d.hasWords = nil, nil, false
	last := d.len() + rows
	for page := 1; d.len() < last; page++ {
		if pages, err = d.readPage(pages, last-d.len()); err != nil {
			return fmt.Errorf("page %d: %w", page, err)
		}
	}
	return nil
}

// readPage reads the first page, of so many rows at most, and returns the pages after it.
func (d *columnDecoder) readPage(pages []byte, most int) ([]byte, error) {
	var h format.PageHeader
	n, err := decode(pages, &h)
	if err != nil {
		return nil, err
	}
	pages = pages[n:]
	if h.CompressedPageSize < 0 || h.UncompressedPageSize < 0 || int(h.CompressedPageSize) > len(pages) {
		return nil, errors.New("longer than the column")
	}
	body, rest := pages[:h.CompressedPageSize], pages[h.CompressedPageSize:]
	if h.CRC != 0 && crc32.ChecksumIEEE(body) != uint32(h.CRC) {
		return nil, errors.New("wrong checksum")
	}
	switch size := int(h.UncompressedPageSize); h.Type {
	case format.DataPage:
		err = d.readDataPage(&h.DataPageHeader.V, body, size, most)
	case format.DataPageV2:
		err = d.readDataPageV2(&h.DataPageHeaderV2.V, body, size, most)
	case format.DictionaryPage:
		err = d.readDictionary(&h.DictionaryPageHeader.V, body, size)
	case format.IndexPage:
	default:
		err = fmt.Errorf("of unknown type %d", h.Type)
	}
	return rest, err
}

func (d *columnDecoder) readDataPage(h *format.DataPageHeader, body []byte, size, most int) error {
	if h.NumValues < 0 || int(h.NumValues) > most {
		return fmt.Errorf("%d rows, but %d are left", h.NumValues, most)
	}
	values, err := d.decompress(body, size)
	if err != nil {
		return err
	}
	var levels []byte
	if d.kind.optional {
		if h.DefinitionLevelEncoding != format.RLE {
			return fmt.Errorf("levels in encoding %v", h.DefinitionLevelEncoding)
		}
		if len(values) < 4 || uint64(binary.LittleEndian.Uint32(values)) > uint64(len(values)-4) {
			return errShort
		}
		n := binary.LittleEndian.Uint32(values)
		levels, values = values[4:4+n], values[4+n:]
	}
	return d.addRows(int(h.NumValues), levels, h.Encoding, values)
}

func (d *columnDecoder) readDataPageV2(h *format.DataPageHeaderV2, body []byte, size, most int) error {
	if h.NumValues < 0 || int(h.NumValues) > most {
		return fmt.Errorf("%d rows, but %d are left", h.NumValues, most)
	}
	n := h.DefinitionLevelsByteLength
	if h.RepetitionLevelsByteLength != 0 || n < 0 || int(n) > min(len(body), size) {
		return errShort
	}
	levels, values := body[:n], body[n:]
	if compressed, ok := h.IsCompressed.Get(); compressed || !ok {
		var err error
		if values, err = d.decompress(values, size-int(n)); err != nil {
			return err
		}
	}
	return d.addRows(int(h.NumValues), levels, h.Encoding, values)
}

// addRows adds the rows of a page, of which the levels say where there is a value.
func (d *columnDecoder) addRows(rows int, levels []byte, encoding format.Encoding, values []byte) error {
	present := rows
	if d.kind.optional {
		var err error
		if d.levels, err = decodeRuns(d.levels, rows, levels, 1); err != nil {
			return err
		}
		present = 0
		for _, level := range d.levels {
			present += int(level)
		}
	}
	if present < rows && d.kind.physical == format.ByteArray {
		return errors.New("a text is null")
	}
	before := d.len()
	err := d.addValues(present, encoding, values)
	if bad := (*badValue)(nil); errors.As(err, &bad) {
		return fmt.Errorf("row %d: %w", before+d.rowOf(bad.value)+1, bad.err)
	}
	if err != nil {
		return err
	}
	if present < rows {
		d.column.Numbers = spread(d.column.Numbers, before, d.levels)
	}
	return nil
}

// rowOf returns the row of the page, from 0, that has the value of that number.
func (d *columnDecoder) rowOf(value int) int {
	if !d.kind.optional {
		return value
	}
	for row, level := range d.levels {
		if value -= int(level); value < 0 {
			return row
		}
	}
	return len(d.levels)
}

// spread moves the values from the given place on to where the levels say that there is one, and NaN in between.
func spread(values []float64, from int, levels []uint32) []float64 {
	next := len(values) - 1
	values = values[:from+len(levels)]
	for i := len(levels) - 1; i >= 0; i-- {
		if levels[i] == 0 {
			values[from+i] = math.NaN()
			continue
		}
		values[from+i] = values[next]
		next--
	}
	return values
}

// plainDictionary is what older writers call a dictionary, and values of one.
const plainDictionary = format.Encoding(2)

// addValues adds n values.
func (d *columnDecoder) addValues(n int, encoding format.Encoding, values []byte) (err error) {
	switch encoding {
	case format.Plain:
		if d.kind.physical == format.ByteArray {
			d.column.Texts, err = appendTexts(d.column.Texts, n, values)
		} else {
			d.column.Numbers, err = d.appendNumbers(d.column.Numbers, n, values)
		}
		return err
	case format.RLEDictionary, plainDictionary:
		return d.addWords(n, values)
	}
	return fmt.Errorf("encoding %v is not read", encoding)
}

func (d *columnDecoder) readDictionary(h *format.DictionaryPageHeader, body []byte, size int) error {
	if d.hasWords || h.NumValues < 0 || h.Encoding != format.Plain && h.Encoding != plainDictionary {
		return errors.New("not a dictionary, or the second")
	}
	values, err := d.decompress(body, size)
	if err != nil {
		return err
	}
	d.hasWords = true
	if d.kind.physical == format.ByteArray {
		d.texts, err = appendTexts(nil, int(h.NumValues), values)
	} else {
		d.numbers, err = d.appendNumbers(nil, int(h.NumValues), values)
	}
	return err
}

// addWords adds n values of the dictionary.
func (d *columnDecoder) addWords(n int, values []byte) (err error) {
	if n == 0 {
		return nil
	}
	if !d.hasWords || len(values) == 0 {
		return errors.New("without a dictionary")
	}
	if d.indices, err = decodeRuns(d.indices, n, values[1:], uint(values[0])); err != nil {
		return err
	}
	for _, i := range d.indices {
		switch {
		case int(i) >= len(d.texts)+len(d.numbers):
			return errors.New("a value is not in the dictionary")
		case d.texts != nil:
			d.column.Texts = append(d.column.Texts, d.texts[i])
		default:
			d.column.Numbers = append(d.column.Numbers, d.numbers[i])
		}
	}
	return nil
}
