package parquetfile_test

import (
	"bytes"
	"encoding/binary"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/parquetfile"
)

// columnKind is a kind of column that other programs write: its description in the library, its
// possible encodings, values, and how they should be read.
type columnKind struct {
	node      func() parquet.Node
	encodings []encoding.Encoding
	value     *rapid.Generator[parquet.Value]
	number    func(parquet.Value) float64 // nil for text
	skipped   string
	leaves    int // 0 means 1
}

var (
	integerEncodings = []encoding.Encoding{&parquet.Plain, &parquet.RLEDictionary, &parquet.DeltaBinaryPacked, &parquet.ByteStreamSplit}
	floatEncodings   = []encoding.Encoding{&parquet.Plain, &parquet.RLEDictionary, &parquet.ByteStreamSplit}
	textEncodings    = []encoding.Encoding{&parquet.Plain, &parquet.RLEDictionary, &parquet.DeltaLengthByteArray, &parquet.DeltaByteArray}
	fixedEncodings   = []encoding.Encoding{&parquet.Plain, &parquet.RLEDictionary, &parquet.DeltaByteArray, &parquet.ByteStreamSplit}
	plainOnly        = []encoding.Encoding{&parquet.Plain}
)

var columnKinds = map[string]columnKind{
	"text":  textKind(parquet.String),
	"enum":  textKind(parquet.Enum),
	"JSON":  textKind(parquet.JSON),
	"bytes": textKind(func() parquet.Node { return parquet.Leaf(parquet.ByteArrayType) }),
	"double": {
		node: func() parquet.Node { return parquet.Leaf(parquet.DoubleType) }, encodings: floatEncodings,
		value: rapid.Map(rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1)})),
			parquet.DoubleValue),
		number: func(v parquet.Value) float64 { return finite(v.Double()) },
	},
	"float": {
		node: func() parquet.Node { return parquet.Leaf(parquet.FloatType) }, encodings: floatEncodings,
		value:  rapid.Map(rapid.Float32(), parquet.FloatValue),
		number: func(v parquet.Value) float64 { return finite(float64(v.Float())) },
	},
	"int8":   int32Kind(func() parquet.Node { return parquet.Int(8) }, rapid.Int32Range(-128, 127)),
	"int32":  int32Kind(func() parquet.Node { return parquet.Int(32) }, rapid.Int32()),
	"bare32": int32Kind(func() parquet.Node { return parquet.Leaf(parquet.Int32Type) }, rapid.Int32()),
	"uint32": {
		node: func() parquet.Node { return parquet.Uint(32) }, encodings: integerEncodings,
		value:  rapid.Map(rapid.Uint32(), func(v uint32) parquet.Value { return parquet.Int32Value(int32(v)) }),
		number: func(v parquet.Value) float64 { return float64(v.Uint32()) },
	},
	"int64":  int64Kind(func() parquet.Node { return parquet.Int(64) }, -1<<53),
	"bare64": int64Kind(func() parquet.Node { return parquet.Leaf(parquet.Int64Type) }, -1<<53),
	"uint64": int64Kind(func() parquet.Node { return parquet.Uint(64) }, 0),
	"decimal of 32 bits": {
		node:      func() parquet.Node { return parquet.Decimal(2, 9, parquet.Int32Type) },
		encodings: integerEncodings, value: rapid.Map(rapid.Int32(), parquet.Int32Value),
		number: func(v parquet.Value) float64 { return quotient(big.NewInt(int64(v.Int32())), 2) },
	},
	"decimal of 64 bits": {
		node:      func() parquet.Node { return parquet.Decimal(7, 18, parquet.Int64Type) },
		encodings: integerEncodings, value: rapid.Map(rapid.Int64(), parquet.Int64Value),
		number: func(v parquet.Value) float64 { return quotient(big.NewInt(v.Int64()), 7) },
	},
	"decimal of 16 bytes": decimalBytes(parquet.FixedLenByteArrayType(16), 16, 10, fixedEncodings),
	"decimal of 3 bytes":  decimalBytes(parquet.FixedLenByteArrayType(3), 3, 30, fixedEncodings),
	"decimal of bytes":    decimalBytes(parquet.ByteArrayType, 11, 25, textEncodings),

	"Booleans": {
		node: func() parquet.Node { return parquet.Leaf(parquet.BooleanType) }, encodings: []encoding.Encoding{&parquet.Plain, &parquet.RLE},
		value: rapid.Map(rapid.Bool(), parquet.BooleanValue), skipped: "it contains Booleans",
	},
	"dates":      skippedInt32(parquet.Date, "it contains dates"),
	"times":      skippedInt64(func() parquet.Node { return parquet.Time(parquet.Microsecond) }, "it contains times"),
	"timestamps": skippedInt64(func() parquet.Node { return parquet.Timestamp(parquet.Nanosecond) }, "it contains timestamps"),
	"UUIDs": {
		node: parquet.UUID, encodings: fixedEncodings, skipped: "it contains UUIDs",
		value: rapid.Map(rapid.SliceOfN(rapid.Byte(), 16, 16), parquet.FixedLenByteArrayValue),
	},
	"BSON": {
		node: parquet.BSON, encodings: textEncodings, skipped: "it contains BSON",
		value: rapid.Map(rapid.SliceOf(rapid.Byte()), parquet.ByteArrayValue),
	},
	"structs": {
		node: func() parquet.Node {
			return parquet.Group{"x": parquet.Leaf(parquet.Int32Type), "y": parquet.Group{"z": parquet.Leaf(parquet.Int32Type)}}
		},
		encodings: plainOnly, value: rapid.Map(rapid.Int32(), parquet.Int32Value), skipped: "it contains structs", leaves: 2,
	},
}

func textKind(node func() parquet.Node) columnKind {
	return columnKind{node: node, encodings: textEncodings, value: rapid.Map(
		rapid.OneOf(rapid.String(), rapid.StringMatching(`a{0,20}b?`)), // with common prefixes
		func(s string) parquet.Value { return parquet.ByteArrayValue([]byte(s)) })}
}

func int32Kind(node func() parquet.Node, value *rapid.Generator[int32]) columnKind {
	return columnKind{node: node, encodings: integerEncodings, value: rapid.Map(value, parquet.Int32Value),
		number: func(v parquet.Value) float64 { return float64(v.Int32()) }}
}

func int64Kind(node func() parquet.Node, least int64) columnKind {
	return columnKind{node: node, encodings: integerEncodings,
		value:  rapid.Map(rapid.Int64Range(least, 1<<53), parquet.Int64Value),
		number: func(v parquet.Value) float64 { return float64(v.Int64()) }}
}

func skippedInt32(node func() parquet.Node, why string) columnKind {
	return columnKind{node: node, encodings: integerEncodings, value: rapid.Map(rapid.Int32(), parquet.Int32Value), skipped: why}
}

func skippedInt64(node func() parquet.Node, why string) columnKind {
	return columnKind{node: node, encodings: integerEncodings, value: rapid.Map(rapid.Int64(), parquet.Int64Value), skipped: why}
}

// decimalBytes returns decimal numbers with the given number of bytes.
func decimalBytes(of parquet.Type, size, scale int, encodings []encoding.Encoding) columnKind {
	toValue := parquet.FixedLenByteArrayValue
	if of.Kind() == parquet.ByteArray {
		toValue = parquet.ByteArrayValue
	}
	return columnKind{
		node: func() parquet.Node { return parquet.Decimal(scale, 38, of) }, encodings: encodings,
		value: rapid.Map(rapid.SliceOfN(rapid.Byte(), size, size), toValue),
		number: func(v parquet.Value) float64 {
			n := new(big.Int).SetBytes(v.ByteArray())
			if n.Bit(8*size-1) == 1 {
				n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*size)))
			}
			return quotient(n, scale)
		},
	}
}

// quotient returns n divided by 10 to the power of scale, rounded once.
func quotient(n *big.Int, scale int) float64 {
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
	v, _ := new(big.Rat).SetFrac(n, power).Float64()
	return v
}

func finite(v float64) float64 {
	if math.IsInf(v, 0) {
		return math.NaN()
	}
	return v
}

// foreign is a column of a file written by the library.
type foreign struct {
	kind     columnKind
	encoding encoding.Encoding
	optional bool
	values   []parquet.Value // null values are null
}

func anyForeign(t *rapid.T, rows int) foreign {
	kind := columnKinds[rapid.SampledFrom(slices.Sorted(maps.Keys(columnKinds))).Draw(t, "kind")]
	c := foreign{kind: kind, encoding: rapid.SampledFrom(kind.encodings).Draw(t, "encoding"), optional: rapid.Bool().Draw(t, "optional")}
	// A few values, repeated; often a single one.
	some := rapid.OneOf(rapid.SliceOfN(kind.value, 1, 1), rapid.SliceOfN(kind.value, 1, 30)).Draw(t, "values")
	nulls := 0
	if c.optional && (kind.number != nil || kind.skipped != "") {
		nulls = rapid.SampledFrom([]int{0, 1, 2, 3, 100}).Draw(t, "nulls in 4")
	}
	step := rapid.IntRange(1, 20).Draw(t, "step")
	for row := range rows {
		v := some[row/step%len(some)]
		if row*row/3%4 < nulls {
			v = parquet.NullValue()
		}
		c.values = append(c.values, v)
	}
	return c
}

// node returns the description of the column.
func (c *foreign) node() parquet.Node {
	node := c.kind.node()
	if c.kind.leaves == 0 {
		node = parquet.Encoded(node, c.encoding)
	}
	if c.optional {
		node = parquet.Optional(node)
	}
	return node
}

// want returns the column as it should be read.
func (c *foreign) want(name string) parquetfile.Column {
	want := parquetfile.Column{Name: name, Skipped: c.kind.skipped}
	switch {
	case c.kind.skipped != "":
	case c.kind.number == nil:
		want.Texts = []string{}
		for _, v := range c.values {
			want.Texts = append(want.Texts, string(v.ByteArray()))
		}
	default:
		want.Numbers = []float64{}
		for _, v := range c.values {
			number := math.NaN()
			if !v.IsNull() {
				number = c.kind.number(v)
			}
			want.Numbers = append(want.Numbers, number)
		}
	}
	return want
}

// foreignLayout is the layout of a file written by the library.
type foreignLayout struct {
	codec       compress.Codec
	version     int
	groupRows   int64
	pageSize    int
	listsBefore bool // whether a column of lists precedes the others
}

var codecs = map[string]compress.Codec{
	"none": &parquet.Uncompressed, "Snappy": &parquet.Snappy, "gzip": &parquet.Gzip, "Zstandard": &parquet.Zstd,
	"LZ4_RAW": &parquet.Lz4Raw, "Brotli": &parquet.Brotli,
}

func anyLayout(t *rapid.T) foreignLayout {
	return foreignLayout{
		codec:       codecs[rapid.SampledFrom(slices.Sorted(maps.Keys(codecs))).Draw(t, "codec")],
		version:     rapid.SampledFrom([]int{1, 2}).Draw(t, "page version"),
		groupRows:   rapid.SampledFrom([]int64{1, 7, 100_000}).Draw(t, "rows a group"),
		pageSize:    rapid.SampledFrom([]int{8, 64, 1 << 20}).Draw(t, "page size"),
		listsBefore: rapid.Bool().Draw(t, "lists"),
	}
}

// written returns the file of the columns, which are named c0, c1, … in order.
func (l foreignLayout) written(t require.TestingT, columns []foreign) []byte {
	schema := parquet.Group{}
	if l.listsBefore {
		schema["a"] = parquet.List(parquet.Leaf(parquet.Int32Type))
	}
	for i := range columns {
		schema[columnName(i)] = columns[i].node()
	}
	var data bytes.Buffer
	w := parquet.NewWriter(&data, parquet.NewSchema("table", schema), parquet.Compression(l.codec),
		parquet.DataPageVersion(l.version), parquet.MaxRowsPerRowGroup(l.groupRows), parquet.PageBufferSize(l.pageSize))
	for row := range columns[0].values {
		_, err := w.WriteRows([]parquet.Row{l.row(columns, row)})
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return data.Bytes()
}

// row returns the values of all leaves in a row.
func (l foreignLayout) row(columns []foreign, row int) parquet.Row {
	var values parquet.Row
	leaf := 0
	if l.listsBefore {
		values = append(values, parquet.Int32Value(int32(row)).Level(0, 1, 0), parquet.Int32Value(7).Level(1, 1, 0))
		leaf++
	}
	for _, c := range columns {
		for range max(1, c.kind.leaves) {
			level := 0
			if c.optional && !c.values[row].IsNull() {
				level = 1
			}
			values = append(values, c.values[row].Level(0, level, leaf))
			leaf++
		}
	}
	return values
}

func columnName(i int) string { return "c" + strconv.Itoa(i) }

func TestEveryKindOfColumnIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.OneOf(rapid.IntRange(1, 10), rapid.IntRange(1, 500)).Draw(t, "rows")
		columns := make([]foreign, rapid.IntRange(1, 6).Draw(t, "columns"))
		for i := range columns {
			columns[i] = anyForeign(t, rows)
		}
		layout := anyLayout(t)
		got, err := parquetfile.Read(layout.written(t, columns), nil)
		require.NoError(t, err)
		want := &parquetfile.File{Rows: rows, Metadata: map[string]string{}}
		if layout.listsBefore {
			want.Columns = append(want.Columns, parquetfile.Column{Name: "a", Skipped: "it contains lists"})
		}
		for i := range columns {
			want.Columns = append(want.Columns, columns[i].want(columnName(i)))
		}
		requireSame(t, want, got)
	})
}

// Every kind, in every encoding and compression, with equal and with different values, also as
// seeds for the fuzzer.
// everyKind returns a file for each kind of column and encoding, in turn with every compression and version of pages.
func everyKind(t require.TestingT) (files [][]byte) {
	compressions := slices.Sorted(maps.Keys(codecs))
	for _, name := range slices.Sorted(maps.Keys(columnKinds)) {
		kind := columnKinds[name]
		for i, enc := range kind.encodings {
			values := []parquet.Value{kind.value.Example(1), kind.value.Example(1), kind.value.Example(2 + i)}
			columns := []foreign{{kind, enc, false, values}, {kind, enc, true, []parquet.Value{values[0], values[0], values[0]}}}
			codec := codecs[compressions[len(files)%len(compressions)]]
			version := 1 + len(files)/len(compressions)%2
			l := foreignLayout{codec: codec, version: version, groupRows: 2, pageSize: 1 << 10}
			files = append(files, l.written(t, columns))
		}
	}
	return files
}

func TestIntegersBeyondTheExactOnesSkipTheColumn(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		why  string
	}{
		"int64": {writtenRows(t, []struct {
			X *int64 `parquet:"x,optional"`
			Y int64  `parquet:"y"`
		}{{nil, 1}, {ptr[int64](1), 2}, {ptr[int64](-1<<53 - 1), 3}}), "row 3 contains -9007199254740993, "},
		"uint64": {writtenRows(t, []struct {
			X uint64 `parquet:"x,dict"`
			Y int64  `parquet:"y"`
		}{{1 << 53, 1}, {math.MaxUint64, 2}, {0, 3}}), "row 2 contains 18446744073709551615, "},
		"in the second row group": {writtenRows(t, []struct {
			X int64 `parquet:"x,delta"`
			Y int64 `parquet:"y"`
		}{{1, 1}, {2, 2}, {1<<53 + 1, 3}}, parquet.MaxRowsPerRowGroup(2)), "row 3 contains 9007199254740993, "},
		"decimal": {writtenRows(t, []struct {
			X int64 `parquet:"x,decimal(0:18)"`
			Y int64 `parquet:"y"`
		}{{1 << 53, 1}, {1<<53 + 1, 2}, {3, 3}}), "row 2 contains 9007199254740993, "},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := parquetfile.Read(c.data, nil)
			require.NoError(t, err)
			require.Len(t, f.Columns, 2)
			require.Contains(t, f.Columns[0].Skipped, c.why)
			require.Nil(t, f.Columns[0].Numbers)
			require.Equal(t, []float64{1, 2, 3}, f.Columns[1].Numbers, "the others are read")
		})
	}
}

func ptr[T any](v T) *T { return &v }

func TestOnlyWantedTextIsRead(t *testing.T) {
	data := written(t, smallFile())
	f, err := parquetfile.Read(data, func(name string) bool { return name == "number" })
	require.NoError(t, err)
	require.Equal(t, parquetfile.Column{Name: "text", Skipped: "it contains text"}, f.Columns[0])
	require.Len(t, f.Columns[1].Numbers, 5)
}

// littleEndian returns numbers as encoded in Parquet.
func littleEndian(values ...any) []byte {
	var data []byte
	for _, v := range values {
		data, _ = binary.Append(data, binary.LittleEndian, v)
	}
	return data
}
