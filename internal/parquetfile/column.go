package parquetfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"

	"github.com/parquet-go/parquet-go/format"
)

// columnDecoder is a column that is being read.
type columnDecoder struct {
	*reader
	kind   kind
	column Column

	// Of the current row group:
	codec      format.CompressionCodec
	dictionary *cells
	numWords   int   // in the dictionary
	wordsTaken int64 // memory that the dictionary takes

	// Memory that is reused from page to page:
	buffer, scratch []byte
	levels, indices []uint32
	deltas          []int64

	taken, peak int64 // memory that the column takes now, and the most that it has taken
}

// rowError is an error about one row. It is all that the user needs to find the place.
type rowError struct {
	row int // from 1
	err error
}

func (e *rowError) Error() string { return fmt.Sprintf("row %d: %v", e.row, e.err) }

func (e *rowError) Unwrap() error { return e.err }

// unkept says that a number is not exact as a float64.
type unkept struct{ error }

var errNull = errors.New("no value (null)")

// len returns how many rows have been read.
func (d *columnDecoder) len() int { return len(d.column.Texts) + len(d.column.Numbers) }

// readChunk reads the rows of a row group.
func (d *columnDecoder) readChunk(chunk *format.ColumnChunk, rows int) error {
	if rows == 0 {
		return nil // it may have no pages
	}
	if chunk.FilePath != "" {
		return errors.New("the pages are in another file")
	}
	pages, err := d.span(&chunk.MetaData)
	if err != nil {
		return err
	}
	d.codec = chunk.MetaData.Codec
	d.give(d.wordsTaken)
	d.dictionary, d.numWords, d.wordsTaken = nil, 0, 0
	last := d.len() + rows
	for page := 1; d.len() < last; page++ {
		if pages, err = d.readPage(pages, last-d.len()); err != nil {
			return fmt.Errorf("page %d: %w", page, err)
		}
	}
	return nil
}

// maxPageLists bounds the memory for lists in the header of a page, which has none in the format as it is.
const maxPageLists = 1 << 20

// readPage reads the first page, of so many rows at most, and returns the pages after it.
func (d *columnDecoder) readPage(pages []byte, most int) ([]byte, error) {
	var h format.PageHeader
	n, _, err := decode(pages, &h, maxPageLists)
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
	rows := int(h.NumValues)
	if d.kind.optional && rows > 0 {
		if h.DefinitionLevelEncoding != format.RLE {
			return fmt.Errorf("levels in encoding %v", h.DefinitionLevelEncoding)
		}
		if len(values) < 4 || uint64(binary.LittleEndian.Uint32(values)) > uint64(len(values)-4) {
			return errShort
		}
		n := binary.LittleEndian.Uint32(values)
		if err := d.decodeLevels(rows, values[4:4+n]); err != nil {
			return err
		}
		values = values[4+n:]
	}
	return d.addRows(rows, h.Encoding, values)
}

func (d *columnDecoder) readDataPageV2(h *format.DataPageHeaderV2, body []byte, size, most int) error {
	if h.NumValues < 0 || int(h.NumValues) > most {
		return fmt.Errorf("%d rows, but %d are left", h.NumValues, most)
	}
	n := h.DefinitionLevelsByteLength
	if h.RepetitionLevelsByteLength != 0 || n < 0 || int(n) > min(len(body), size) {
		return errShort
	}
	rows, values := int(h.NumValues), body[n:]
	if d.kind.optional {
		if err := d.readLevels(h, body[:n]); err != nil {
			return err
		}
	}
	if compressed, ok := h.IsCompressed.Get(); compressed || !ok {
		var err error
		if values, err = d.decompress(values, size-int(n)); err != nil {
			return err
		}
	}
	return d.addRows(rows, h.Encoding, values)
}

// readLevels decodes for each row of a page whether it has a value. Writers may leave the levels out if all or none have.
func (d *columnDecoder) readLevels(h *format.DataPageHeaderV2, levels []byte) error {
	rows := int(h.NumValues)
	if len(levels) > 0 || h.NumNulls != 0 && h.NumNulls != h.NumValues {
		return d.decodeLevels(rows, levels)
	}
	var err error
	if d.levels, err = room(d, d.levels, rows); err != nil {
		return err
	}
	d.levels = d.levels[:rows]
	for i := range d.levels {
		d.levels[i] = 1
	}
	if h.NumNulls != 0 {
		clear(d.levels)
	}
	return nil
}

// decodeLevels decodes the levels of a page.
func (d *columnDecoder) decodeLevels(rows int, data []byte) (err error) {
	if d.levels, err = room(d, d.levels, rows); err != nil {
		return err
	}
	d.levels, err = decodeRuns(d.levels, rows, data, 1)
	return err
}

// addRows adds the rows of a page. If values are optional, the levels tell which rows have one.
func (d *columnDecoder) addRows(rows int, encoding format.Encoding, data []byte) error {
	present := rows
	if d.kind.optional && rows > 0 {
		d.levels = d.levels[:rows]
		present = 0
		for _, level := range d.levels {
			present += int(level)
		}
	}
	if present < rows && d.kind.number == nil {
		return &rowError{d.len() + slices.Index(d.levels, 0) + 1, errNull}
	}
	values, err := d.decodeValues(present, encoding, data)
	if err != nil {
		return err
	}
	if values.indices == nil {
		defer d.give(textMemory * int64(len(values.texts)))
	}
	if d.kind.number == nil {
		d.addTexts(values)
		return nil
	}
	before := d.len()
	if err := d.addNumbers(values, present); err != nil {
		return err
	}
	if present < rows {
		d.column.Numbers = spread(d.column.Numbers, before, d.levels)
	}
	return nil
}

func (d *columnDecoder) addTexts(values cells) {
	if values.indices == nil {
		d.column.Texts = append(d.column.Texts, values.texts...)
	}
	for _, i := range values.indices {
		d.column.Texts = append(d.column.Texts, values.texts[i])
	}
}

func (d *columnDecoder) addNumbers(values cells, n int) error {
	size := d.kind.size
	before := d.len()
	for i := range n {
		at := i
		if values.indices != nil {
			at = int(values.indices[i])
		}
		var v float64
		var err error
		if size > 0 {
			v, err = d.kind.number(values.fixed[at*size : (at+1)*size])
		} else {
			v, err = d.kind.number([]byte(values.texts[at]))
		}
		if err != nil {
			return &rowError{before + d.rowOf(i) + 1, unkept{err}}
		}
		d.column.Numbers = append(d.column.Numbers, v)
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

// spread moves the values after the first ones, as many as from says, to the rows that have one by the levels, and puts
// NaN in between.
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
