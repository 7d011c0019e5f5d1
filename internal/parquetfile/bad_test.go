package parquetfile_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"runtime"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/parquetfile"
)

func smallFile() *parquetfile.File {
	return &parquetfile.File{
		Rows:     5,
		Metadata: map[string]string{"who": "me"},
		Columns: []parquetfile.Column{
			{Name: "text", Texts: []string{"one", "two", "", "four", "five"}},
			{Name: "number", Numbers: []float64{1, 2.5, math.NaN(), -4, math.Copysign(0, -1)}},
		},
	}
}

func TestEveryTruncationIsAnError(t *testing.T) {
	data := written(t, smallFile())
	for n := range data {
		_, err := parquetfile.Read(data[:n])
		require.Error(t, err, "%d bytes", n)
	}
}

// A flipped bit is an error, or changes nothing that the checksum is of, or the checksum.
func TestEveryFlippedBitShows(t *testing.T) {
	data := written(t, smallFile())
	want := smallFile()
	for bit := range 8 * len(data) {
		data[bit/8] ^= 1 << (bit % 8)
		got, err := parquetfile.Read(data)
		data[bit/8] ^= 1 << (bit % 8)
		if err == nil && got.Checksum() == want.Checksum() {
			got.Metadata = want.Metadata
			requireSame(t, want, got)
		}
	}
}

// allocated returns how many bytes are allocated by a call.
func allocated(call func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// maxAllocated bounds what reading so many bytes may allocate.
func maxAllocated(size int) uint64 { return uint64(64<<20 + 2000*size) }

func TestLyingLengthsTakeNoMemory(t *testing.T) {
	data := written(t, smallFile())
	for at := range data {
		for _, lie := range [][]byte{{0xff, 0xff, 0xff, 0xff, 0x07}, {0xff, 0xff, 0xff, 0x7f}, {0xf9, 0xff, 0xff, 0xff, 0x07}} {
			bad := bytes.Clone(data)
			copy(bad[at:], lie)
			require.Less(t, allocated(func() { _, _ = parquetfile.Read(bad) }), maxAllocated(len(bad)), "%x at %d", lie, at)
		}
	}
	binary.LittleEndian.PutUint32(data[len(data)-8:], math.MaxUint32)
	_, err := parquetfile.Read(data)
	assert.ErrorContains(t, err, "the footer is longer than the file")
}

func TestACompressedBombTakesNoMemory(t *testing.T) {
	f := &parquetfile.File{Rows: 1, Columns: []parquetfile.Column{{Name: "text", Texts: []string{string(make([]byte, 50<<20))}}}}
	data := written(t, f)
	require.Less(t, len(data), 1<<16)
	require.Less(t, allocated(func() {
		_, err := parquetfile.Read(data)
		assert.ErrorContains(t, err, `column "text": row group 1: page 1: what is compressed in the file is too long for it`)
	}), maxAllocated(len(data)))
}

// writtenRows returns the file that the library writes of Go structs.
func writtenRows[T any](t *testing.T, rows []T, options ...parquet.WriterOption) []byte {
	t.Helper()
	var data bytes.Buffer
	w := parquet.NewGenericWriter[T](&data, options...)
	_, err := w.Write(rows)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return data.Bytes()
}

func TestWhatIsNotRead(t *testing.T) {
	type number struct {
		X float64 `parquet:"x,optional"`
	}
	type pointer struct {
		X *float64 `parquet:"x,optional"`
	}
	nan := math.NaN()
	for name, bad := range map[string]struct {
		data    []byte
		message string
	}{
		"empty":     {nil, "not a Parquet file, or not all of it"},
		"text":      {[]byte("arch,x\nPAR1\n1,2\nPAR1"), "not a Parquet file, or not all of it"},
		"no footer": {[]byte("PAR1\x00\x00\x00\x00PAR1"), "malformed metadata"},
		"Booleans":  {writtenRows(t, []struct{ X bool }{{true}}), `column "X" holds neither texts nor numbers`},
		"lists":     {writtenRows(t, []struct{ X []float64 }{{[]float64{1}}}), `column "X" holds neither texts nor numbers`},
		"groups":    {writtenRows(t, []struct{ X struct{ Y float64 } }{{}}), "the columns are none or in groups"},
		"dates": {writtenRows(t, []struct {
			X int32 `parquet:",date"`
		}{{1}}), `column "X" holds neither texts nor numbers`},
		"decimals": {writtenRows(t, []struct {
			X int64 `parquet:",decimal(2:10)"`
		}{{1}}), `column "X" holds neither texts nor numbers`},
		"infinite": {writtenRows(t, []number{{1}, {0}, {math.Inf(1)}}), `column "x": row group 1: page 1: row 3: +Inf is not a finite number`},
		"NaN":      {writtenRows(t, []pointer{{nil}, {&nan}}), `row 2: NaN is not a finite number`},
		"large integer": {writtenRows(t, []struct{ X int64 }{{1}, {1<<53 + 1}}),
			`row 2: 9007199254740993 may not be a float64`},
		"null text": {writtenRows(t, []struct {
			X string `parquet:",optional"`
		}{{"a"}, {}}), "a text is null"},
		"compression": {writtenRows(t, []number{{1}}, parquet.Compression(&parquet.Brotli)), "compression BROTLI is not read"},
		"encoding": {writtenRows(t, []struct {
			X int64 `parquet:",delta"`
		}{{1}, {2}}), "encoding DELTA_BINARY_PACKED is not read"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parquetfile.Read(bad.data)
			assert.ErrorContains(t, err, bad.message)
		})
	}
}

func TestBadFiles(t *testing.T) {
	one := []float64{1}
	for name, columns := range map[string][]parquetfile.Column{
		"no column":      {},
		"empty name":     {{Name: "", Numbers: one}},
		"no UTF-8":       {{Name: "\xff", Numbers: one}},
		"name twice":     {{Name: "x", Numbers: one}, {Name: "x", Numbers: one}},
		"another length": {{Name: "x", Numbers: []float64{1, 2}}},
	} {
		assert.Error(t, parquetfile.Write(&bytes.Buffer{}, &parquetfile.File{Rows: 1, Columns: columns}), name)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(written(f, smallFile()))
	f.Add(written(f, &parquetfile.File{Columns: []parquetfile.Column{{Name: "x", Numbers: []float64{}}}}))
	for _, layout := range layouts {
		f.Add(layout(f, []mixed{{Text: "a"}, {Text: "b", Required: 1}, {Text: "a"}}))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var got *parquetfile.File
		var err error
		require.Less(t, allocated(func() { got, err = parquetfile.Read(data) }), maxAllocated(len(data)))
		if err != nil {
			return
		}
		for _, c := range got.Columns {
			require.Equal(t, got.Rows, len(c.Texts)+len(c.Numbers))
			for _, v := range c.Numbers {
				require.False(t, math.IsInf(v, 0))
			}
		}
	})
}
