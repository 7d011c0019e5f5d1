package parquetfile_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/parquetfile"
)

// goodFile is a file that parquet-go does not write, and its contents.
type goodFile struct {
	handmade
	numbers []float64
	texts   []string
}

var (
	double   = element(format.Double, format.Required)
	optional = element(format.Double, format.Optional)
	text     = element(format.ByteArray, format.Required)
	int32s   = element(format.Int32, format.Required)
	int64s   = element(format.Int64, format.Required)
)

// annotated returns schema elements whose contents do not follow from the physical type.
func annotated() (null, half, decimal, unsigned format.SchemaElement) {
	null = element(format.Int32, format.Optional)
	null.LogicalType = format.LogicalType{Value: &format.NullType{}}
	half = element(format.FixedLenByteArray, format.Required)
	half.TypeLength, half.LogicalType = thrift.New(int32(2)), format.LogicalType{Value: &format.Float16Type{}}
	decimal = text
	decimal.ConvertedType, decimal.Scale = thrift.New(deprecated.Decimal), thrift.New(int32(2))
	unsigned = int32s
	unsigned.ConvertedType = thrift.New(deprecated.Uint32)
	return null, half, decimal, unsigned
}

// levels returns definition levels in the format of a page of version 1.
func levels(runs ...byte) []byte { return append(littleEndian(uint32(len(runs))), runs...) }

// equalFiles returns files with a single value or none.
func equalFiles(t require.TestingT) map[string]goodFile {
	five := dictionaryPage(t, 1, littleEndian(5.0))
	words := func(values int, body ...byte) []byte { return plainPage(t, format.RLEDictionary, values, body) }
	all, nan := []float64{5, 5, 5}, math.NaN()
	none := []float64{nan, nan, nan}
	return map[string]goodFile{
		"an index of no bits without any bytes after the width": {of(double, 3, five, words(3, 0)), all, nil},
		"an index of no bits without the width":                 {of(double, 3, five, words(3)), all, nil},
		"an index of no bits with a run":                        {of(double, 3, five, words(3, 0, 3<<1)), all, nil},
		"an index of no bits with packed groups":                {of(double, 3, five, words(3, 0, 1<<1|1)), all, nil},
		"an index of one bit for one entry":                     {of(double, 3, five, words(3, 1, 3<<1, 0)), all, nil},
		"one text":                                              {of(text, 2, dictionaryPage(t, 1, lengthText("a")), words(2, 0)), nil, []string{"a", "a"}},
		"one empty text": {
			of(text, 2, dictionaryPage(t, 1, lengthText("")), pageV2(t, format.RLEDictionary, 2, 0, nil, []byte{0})), nil, []string{"", ""}},
		"one value and nulls": {
			of(optional, 3, five, words(3, append(levels(1<<1|1, 0b101), 0)...)), []float64{5, nan, 5}, nil},
		"all null, an empty dictionary":       {of(optional, 3, dictionaryPage(t, 0, nil), words(3, levels(3<<1, 0)...)), none, nil},
		"all null, no dictionary":             {of(optional, 3, words(3, append(levels(3<<1, 0), 0)...)), none, nil},
		"all null, version 2 without levels":  {of(optional, 3, pageV2(t, format.Plain, 3, 3, nil, nil)), none, nil},
		"none null, version 2 without levels": {of(optional, 2, pageV2(t, format.Plain, 2, 0, nil, littleEndian(1.0, 2.0))), []float64{1, 2}, nil},
		"empty pages": {of(optional, 1,
			plainPage(t, format.Plain, 0, nil), plainPage(t, format.Plain, 0, levels()), pageV2(t, format.Plain, 0, 0, nil, nil),
			words(0), pageV2(t, format.Plain, 1, 0, []byte{1 << 1, 1}, littleEndian(7.0))), []float64{7}, nil},
		"an empty page that is compressed to some bytes": {handmade{double, format.Snappy, 1, [][]byte{
			page(t, format.Plain, 0, []byte{0}, 0), page(t, format.Plain, 1, append([]byte{8, 7 << 2}, littleEndian(1.0)...), 8)}, 0},
			[]float64{1}, nil},
		"a row group without pages": {of(double, 0), []float64{}, nil},
	}
}

// rareFiles returns files with rare types and encodings.
func rareFiles(t require.TestingT) map[string]goodFile {
	null, half, decimal, unsigned := annotated()
	nan := math.NaN()
	differences := func(values int, body ...byte) []byte { return plainPage(t, format.DeltaBinaryPacked, values, body) }
	return map[string]goodFile{
		"a column of type null": {of(null, 2), []float64{nan, nan}, nil},
		"half precision": {of(half, 5, plainPage(t, format.Plain, 5,
			littleEndian(uint16(0x3c00), uint16(0xc000), uint16(1), uint16(0x7bff), uint16(0x7c00)))),
			[]float64{1, -2, math.Ldexp(1, -24), 65504, nan}, nil},
		"half precision, split": {of(half, 2, plainPage(t, format.ByteStreamSplit, 2, []byte{0, 0, 0x3c, 0xc0})), []float64{1, -2}, nil},
		"decimals of older files": {
			of(decimal, 2, plainPage(t, format.Plain, 2, append(lengthText("\xff"), lengthText("\x01\x00")...))), []float64{-0.01, 2.56}, nil},
		"unsigned integers of older files": {
			of(unsigned, 1, plainPage(t, format.Plain, 1, littleEndian(uint32(math.MaxUint32)))), []float64{math.MaxUint32}, nil},
		"differences without padding": {of(int64s, 3, differences(3, 0x80, 1, 4, 3, 10, 1, 2, 0, 0, 0, 0b0100)), []float64{5, 4, 4}, nil},
		"differences of no bits":      {of(int32s, 4, differences(4, 0x80, 1, 4, 4, 10, 4, 0, 0, 0, 0)), []float64{5, 7, 9, 11}, nil},
		"differences that overflow": {of(int32s, 2, differences(2, 0x80, 1, 4, 2, 0xfe, 0xff, 0xff, 0xff, 0x0f, 2, 0, 0, 0, 0)),
			[]float64{math.MaxInt32, math.MinInt32}, nil},
		"a large integer in the dictionary that no row has": {
			of(int64s, 1, dictionaryPage(t, 2, littleEndian(int64(1)<<60+1, int64(3))), plainPage(t, format.RLEDictionary, 1, []byte{1, 1 << 1, 1})),
			[]float64{3}, nil},
	}
}

func TestFilesMadeByHand(t *testing.T) {
	for _, files := range []map[string]goodFile{equalFiles(t), rareFiles(t)} {
		for name, c := range files {
			t.Run(name, func(t *testing.T) {
				got, err := parquetfile.Read(c.file(t), nil)
				require.NoError(t, err)
				want := parquetfile.Column{Name: "x", Numbers: c.numbers, Texts: c.texts}
				requireSame(t, &parquetfile.File{Rows: c.rows, Metadata: map[string]string{}, Columns: []parquetfile.Column{want}}, got)
			})
		}
	}
}

func TestBadPages(t *testing.T) {
	five, two := dictionaryPage(t, 1, littleEndian(5.0)), dictionaryPage(t, 2, littleEndian(5.0, 6.0))
	words := func(body ...byte) []byte { return plainPage(t, format.RLEDictionary, 1, body) }
	type values struct {
		of       format.SchemaElement
		encoding format.Encoding
		n        int
		body     []byte
	}
	for name, c := range map[string]struct {
		values  any // values of one page, or pages
		message string
	}{
		"no dictionary":          {[][]byte{words(0)}, "there is none"},
		"empty dictionary":       {[][]byte{dictionaryPage(t, 0, nil), words(0)}, "refers to entry 1 of a dictionary with 0 entries"},
		"no index of two":        {[][]byte{two, words()}, "too few bytes"},
		"index out of range":     {[][]byte{two, words(2, 1<<1, 2)}, "refers to entry 3 of a dictionary with 2 entries"},
		"index of 33 bits":       {[][]byte{two, words(33, 1<<1, 0)}, "numbers of 33 bits"},
		"two dictionaries":       {[][]byte{five, five}, "there must not be a second dictionary"},
		"short":                  {values{double, format.Plain, 2, littleEndian(1.0)}, "page 1: too few bytes"},
		"short, split":           {values{double, format.ByteStreamSplit, 2, littleEndian(1.0)}, "page 1: too few bytes"},
		"no differences":         {values{int64s, format.DeltaBinaryPacked, 2, nil}, "too few bytes"},
		"blocks of nothing":      {values{int64s, format.DeltaBinaryPacked, 2, []byte{0, 4, 2, 0, 0, 0, 0, 0, 0}}, "malformed differences"},
		"no miniblocks":          {values{int64s, format.DeltaBinaryPacked, 2, []byte{128, 1, 0, 2, 0, 0}}, "malformed differences"},
		"differences of 65 bits": {values{int64s, format.DeltaBinaryPacked, 2, append([]byte{128, 1, 4, 2, 0, 0, 65, 0, 0, 0}, make([]byte, 300)...)}, "malformed differences"},
		"other number of values": {values{int64s, format.DeltaBinaryPacked, 2, deltas([]int64{1, 2, 3})}, "got 3 values, want 2"},
		"differences cut off":    {values{int64s, format.DeltaBinaryPacked, 2, deltas([]int64{1, 2})[:12]}, "too few bytes"},
		"negative length":        {values{text, format.DeltaLengthByteArray, 1, deltas([]int64{-1})}, "too few bytes"},
		"text cut off":           {values{text, format.DeltaLengthByteArray, 1, append(deltas([]int64{3}), "ab"...)}, "too few bytes"},
		"beginning of nothing":   {values{text, format.DeltaByteArray, 1, append(deltas([]int64{1}), append(deltas([]int64{1}), 'a')...)}, "malformed differences"},
		"differences of doubles": {values{double, format.DeltaBinaryPacked, 1, deltas([]int64{1})}, "encoding DELTA_BINARY_PACKED of values of type DOUBLE is not supported"},
	} {
		t.Run(name, func(t *testing.T) {
			var h handmade
			switch v := c.values.(type) {
			case values:
				h = of(v.of, v.n, plainPage(t, v.encoding, v.n, v.body))
			case [][]byte:
				h = of(double, 1, v...)
			}
			_, err := parquetfile.Read(h.file(t), nil)
			assert.ErrorContains(t, err, c.message)
		})
	}
}

func TestANullTextIsAnErrorThatNamesTheRow(t *testing.T) {
	body := append(lengthText("a"), lengthText("b")...)
	h := of(element(format.ByteArray, format.Optional), 3, pageV2(t, format.Plain, 3, 1, []byte{1<<1 | 1, 0b101}, body))
	_, err := parquetfile.Read(h.file(t), nil)
	assert.EqualError(t, err, `column "x": row 2: no value (null)`)
}

func TestBadCompression(t *testing.T) {
	for name, c := range map[string]struct {
		codec   format.CompressionCodec
		body    []byte
		message string
	}{
		"LZ4 as Hadoop writes it":  {format.Lz4, littleEndian(1.0), "write the file with LZ4_RAW, Snappy or Zstandard"},
		"LZO":                      {format.LZO, littleEndian(1.0), "LZO is not supported"},
		"broken LZ4":               {format.Lz4Raw, []byte{0xf0, 1}, "decompressing"},
		"LZ4 of another length":    {format.Lz4Raw, []byte{0x10, 1}, "does not have the length"},
		"broken Snappy":            {format.Snappy, []byte{8, 0xff}, "decompressing"},
		"Snappy of another length": {format.Snappy, []byte{1, 0, 1}, "does not have the length"},
		"broken gzip":              {format.Gzip, []byte{0x1f, 0x8b}, "decompressing"},
		"broken Zstandard":         {format.Zstd, []byte{0x28, 0xb5, 0x2f, 0xfd}, "decompressing"},
		"broken Brotli":            {format.Brotli, []byte{0xff, 0xff}, "decompressing"},
		"not compressed":           {format.Uncompressed, []byte{1}, "does not have the length"},
	} {
		t.Run(name, func(t *testing.T) {
			h := handmade{double, c.codec, 1, [][]byte{page(t, format.Plain, 1, c.body, 8)}, 0}
			_, err := parquetfile.Read(h.file(t), nil)
			assert.ErrorContains(t, err, c.message)
		})
	}
}

// Texts with the prefixes of earlier ones could take gigabytes.
func TestCommonBeginningsTakeNoMemory(t *testing.T) {
	const rows, length = 1 << 12, 1 << 16
	first := bytes.Repeat([]byte("a"), length)
	prefixes := deltas(append([]int64{0}, repeated(length, rows-1)...))
	suffixes := append([]int64{length}, repeated(1, rows-1)...)
	body := append(append(prefixes, deltas(suffixes)...), append(first, bytes.Repeat([]byte("b"), rows-1)...)...)
	// Every text is as long as the first, plus one byte.
	h := of(element(format.ByteArray, format.Required), rows, plainPage(t, format.DeltaByteArray, rows, body))
	data := h.file(t)
	require.Less(t, allocated(func() {
		_, err := parquetfile.Read(data, nil)
		assert.ErrorContains(t, err, "the contents are too long for a file of this length")
	}), maxAllocated(len(data)))
}

func repeated(v int64, n int) []int64 {
	all := make([]int64, n)
	for i := range all {
		all[i] = v
	}
	return all
}

// deltas returns integers in the encoding DELTA_BINARY_PACKED, with 64 bits for each difference.
func deltas(values []int64) []byte {
	data := binary.AppendUvarint(nil, 128)
	data = binary.AppendUvarint(data, 4)
	data = binary.AppendUvarint(data, uint64(len(values)))
	data = binary.AppendVarint(data, values[0])
	for i := 1; i < len(values); i += 128 {
		data = append(data, 0, 64, 64, 64, 64) // smallest difference, and widths
		for j := i; j < i+128; j++ {
			if j >= len(values) {
				data = append(data, make([]byte, 8)...)
				continue
			}
			data = binary.LittleEndian.AppendUint64(data, uint64(values[j]-values[j-1]))
		}
	}
	return data
}

func TestBrotliTakesNoMemory(t *testing.T) {
	var bomb bytes.Buffer
	w := brotli.NewWriter(&bomb)
	_, err := w.Write(make([]byte, 15<<20))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	for name, c := range map[string]struct {
		body    []byte
		size    int
		message string
	}{
		"longer than it says":  {bomb.Bytes(), 8, "the decompressed data does not have the length that the file says"},
		"shorter than it says": {bomb.Bytes(), 16 << 20, "decompressing: "},
		"too long":             {bomb.Bytes(), 1 << 30, "the contents are too long for a file of this length"},
		"cut off":              {bomb.Bytes()[:8], 8 << 10, "decompressing: "},
	} {
		t.Run(name, func(t *testing.T) {
			h := of(element(format.Double, format.Required), 1, page(t, format.Plain, 1, c.body, c.size))
			h.codec = format.Brotli
			data := h.file(t)
			require.Less(t, allocated(func() {
				_, err := parquetfile.Read(data, nil)
				assert.ErrorContains(t, err, c.message)
			}), maxAllocated(len(data)))
		})
	}
}
