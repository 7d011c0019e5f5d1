package parquetfile_test

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/parquetfile"
)

// handmade is a file with one column in one row group whose pages are made by hand, for formats
// that parquet-go does not write.
type handmade struct {
	element format.SchemaElement
	codec   format.CompressionCodec
	rows    int
	pages   [][]byte
	groups  int // number of row groups that share the pages; 0 means 1
}

// of returns a file with uncompressed pages.
func of(e format.SchemaElement, rows int, pages ...[]byte) handmade {
	return handmade{element: e, rows: rows, pages: pages}
}

func compact(t require.TestingT, v any) []byte {
	data, err := thrift.Marshal(new(thrift.CompactProtocol), v)
	require.NoError(t, err)
	return data
}

func (h handmade) file(t require.TestingT) []byte {
	data := []byte(parquetfile.Magic)
	pages := bytes.Join(h.pages, nil)
	h.element.Name = "x"
	groups := max(1, h.groups)
	meta := format.FileMetaData{
		Version: 1,
		NumRows: int64(groups * h.rows),
		Schema:  []format.SchemaElement{{Name: "table", NumChildren: thrift.New(int32(1))}, h.element},
		RowGroups: slices.Repeat([]format.RowGroup{{NumRows: int64(h.rows), Columns: []format.ColumnChunk{{MetaData: format.ColumnMetaData{
			Type: h.element.Type.V, Codec: h.codec, NumValues: int64(h.rows), PathInSchema: []string{"x"},
			TotalCompressedSize: int64(len(pages)), DataPageOffset: int64(len(data)),
		}}}}}, groups),
	}
	data = append(data, pages...)
	footer := compact(t, &meta)
	data = append(data, footer...)
	data = binary.LittleEndian.AppendUint32(data, uint32(len(footer)))
	return append(data, parquetfile.Magic...)
}

// page returns a page of version 1 with the given number of values; size is its length before
// compression.
func page(t require.TestingT, encoding format.Encoding, values int, body []byte, size int) []byte {
	h := format.PageHeader{
		Type: format.DataPage, CompressedPageSize: int32(len(body)), UncompressedPageSize: int32(size),
		DataPageHeader: thrift.New(format.DataPageHeader{
			NumValues: int32(values), Encoding: encoding, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE,
		}),
	}
	return append(compact(t, &h), body...)
}

// plainPage returns an uncompressed page.
func plainPage(t require.TestingT, encoding format.Encoding, values int, body []byte) []byte {
	return page(t, encoding, values, body, len(body))
}

// pageV2 returns an uncompressed page of version 2.
func pageV2(t require.TestingT, encoding format.Encoding, values, nulls int, levels, body []byte) []byte {
	h := format.PageHeader{
		Type: format.DataPageV2, CompressedPageSize: int32(len(levels) + len(body)), UncompressedPageSize: int32(len(levels) + len(body)),
		DataPageHeaderV2: thrift.New(format.DataPageHeaderV2{
			NumValues: int32(values), NumRows: int32(values), NumNulls: int32(nulls), Encoding: encoding,
			DefinitionLevelsByteLength: int32(len(levels)), IsCompressed: thrift.New(false),
		}),
	}
	return append(append(compact(t, &h), levels...), body...)
}

func dictionaryPage(t require.TestingT, values int, body []byte) []byte {
	h := format.PageHeader{
		Type: format.DictionaryPage, CompressedPageSize: int32(len(body)), UncompressedPageSize: int32(len(body)),
		DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{NumValues: int32(values), Encoding: format.Plain}),
	}
	return append(compact(t, &h), body...)
}

func element(of format.Type, repetition format.FieldRepetitionType) format.SchemaElement {
	return format.SchemaElement{Type: thrift.New(of), RepetitionType: thrift.New(repetition)}
}

// lengthText returns a text preceded by its length.
func lengthText(text string) []byte {
	return append(littleEndian(uint32(len(text))), text...)
}
