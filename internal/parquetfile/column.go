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

// columnDecoder decodes a column.
type columnDecoder struct {
	*reader
	kind   kind
	column Column

	// Of the current row group:
	codec      format.CompressionCodec
	dictionary *cells
	numWords   int   // number of values in the dictionary
	wordsTaken int64 // memory used by the dictionary

	// Memory that is reused from page to page:
	buffer, scratch []byte
	levels, indices []uint32
	deltas          []int64

	taken, peak int64 // current and peak memory of the column
}

// rowError is an error about a row. The row is all that the user needs to find the place.
type rowError struct {
	row int // from 1
	err error
}

func (e *rowError) Error() string { return fmt.Sprintf("row %d: %v", e.row, e.err) }

func (e *rowError) Unwrap() error { return e.err }

// unkept is the error about a number that cannot be represented exactly as a float64.
type unkept struct{ error }

var errNull = errors.New("no value (null)")

// len returns the number of rows read so far.
func (d *columnDecoder) len() int { return len(d.column.Texts) + len(d.column.Numbers) }

// readChunk reads the rows of a row group.
func (d *columnDecoder) readChunk(chunk *format.ColumnChunk, rows int) error {
	if rows == 0 {
		return nil // there may be no pages
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

// maxPageLists limits the memory for lists in a page header. The format does not have any there.
const maxPageLists = 1 << 20

// readPage reads the first page, which must have at most most rows, and returns the remaining
// pages.
func (d *columnDecoder) readPage(pages []byte, most int) ([]byte, error) {
	var h format.PageHeader
	n, _, err := decode(pages, &h, maxPageLists)
	if err != nil {
		return nil, err
	}
	pages = pages[n:]
	if h.CompressedPageSize < 0 || h.UncompressedPageSize < 0 || int(h.CompressedPageSize) > len(pages) {
		return nil, errors.New("the page is longer than the column")
	}
	body, rest := pages[:h.CompressedPageSize], pages[h.CompressedPageSize:]
	if h.CRC != 0 && crc32.ChecksumIEEE(body) != uint32(h.CRC) {
		return nil, errors.New("the page has a wrong checksum")
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
		err = fmt.Errorf("unknown page type %d", h.Type)
	}
	return rest, err
}

func (d *columnDecoder) readDataPage(h *format.DataPageHeader, body []byte, size, most int) error {
	if h.NumValues < 0 || int(h.NumValues) > most {
		return fmt.Errorf("the page has %d rows, but only %d are left", h.NumValues, most)
	}
	values, err := d.decompress(body, size)
	if err != nil {
		return err
	}
	rows := int(h.NumValues)
	if d.kind.optional && rows > 0 {
		if h.DefinitionLevelEncoding != format.RLE {
			return fmt.Errorf("levels in encoding %v are not supported", h.DefinitionLevelEncoding)
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
		return fmt.Errorf("the page has %d rows, but only %d are left", h.NumValues, most)
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

// readLevels decodes which rows of a page have a value. Writers may omit the levels if all or no
// rows have one.
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

// rowOf returns the row of the page, from 0, of a value given by its number.
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

// spread moves the values from index from on to the rows that have a value according to the levels,
// and puts NaN in the others.
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
