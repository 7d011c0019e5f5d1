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

	"github.com/graphpnas/graphpnas/internal/limit"
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
		_, err := parquetfile.Read(data[:n], nil)
		require.Error(t, err, "%d bytes", n)
	}
}

// A flipped bit leads to an error, changes the checksum, or changes nothing that the checksum
// covers.
func TestEveryFlippedBitShows(t *testing.T) {
	data := written(t, smallFile())
	want := smallFile()
	for bit := range 8 * len(data) {
		data[bit/8] ^= 1 << (bit % 8)
		got, err := parquetfile.Read(data, nil)
		data[bit/8] ^= 1 << (bit % 8)
		if err == nil && got.Checksum() == want.Checksum() {
			got.Metadata = want.Metadata
			requireSame(t, want, got)
		}
	}
}

// allocated returns the number of bytes allocated by a call.
func allocated(call func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// maxAllocated returns the number of bytes that reading a file of the given size may allocate.
func maxAllocated(size int) uint64 { return uint64(limit.Memory(int64(size))) }

func TestLyingLengthsTakeNoMemory(t *testing.T) {
	data := written(t, smallFile())
	for at := range data {
		for _, lie := range [][]byte{{0xff, 0xff, 0xff, 0xff, 0x07}, {0xff, 0xff, 0xff, 0x7f}, {0xf9, 0xff, 0xff, 0xff, 0x07}} {
			bad := bytes.Clone(data)
			copy(bad[at:], lie)
			require.Less(t, allocated(func() { _, _ = parquetfile.Read(bad, nil) }), maxAllocated(len(bad)), "%x at %d", lie, at)
		}
	}
	binary.LittleEndian.PutUint32(data[len(data)-8:], math.MaxUint32)
	_, err := parquetfile.Read(data, nil)
	assert.ErrorContains(t, err, "the footer is longer than the file")
}

func TestACompressedBombTakesNoMemory(t *testing.T) {
	f := &parquetfile.File{Rows: 1, Columns: []parquetfile.Column{{Name: "text", Texts: []string{string(make([]byte, 50<<20))}}}}
	data := written(t, f)
	require.Less(t, len(data), 1<<16)
	require.Less(t, allocated(func() {
		_, err := parquetfile.Read(data, nil)
		assert.ErrorContains(t, err, `column "text": row group 1: page 1: the contents are too long for a file of this length`)
	}), maxAllocated(len(data)))
}

// writtenRows returns the file that the library writes for Go structs.
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
	for name, bad := range map[string]struct {
		data    []byte
		message string
	}{
		"empty":     {nil, "not a Parquet file, or not all of it"},
		"text":      {[]byte("arch,x\nPAR1\n1,2\nPAR1"), "not a Parquet file, or not all of it"},
		"encrypted": {[]byte("PARE\x00\x00\x00\x00PARE"), "the file is encrypted"},
		"no footer": {[]byte("PAR1\x00\x00\x00\x00PAR1"), "malformed metadata"},
		"null text": {writtenRows(t, []struct {
			X string `parquet:",optional"`
		}{{"a"}, {}}), `column "X": row 2: no value (null)`},
		"null text in the second row group": {writtenRows(t, []struct {
			X string `parquet:",optional,delta"`
		}{{"a"}, {"b"}, {"c"}, {}}, parquet.MaxRowsPerRowGroup(2)), `column "X": row 4: no value (null)`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parquetfile.Read(bad.data, nil)
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
	for _, data := range everyKind(f) {
		f.Add(data)
	}
	for _, files := range []map[string]goodFile{equalFiles(f), rareFiles(f)} {
		for _, good := range files {
			f.Add(good.file(f))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var got *parquetfile.File
		var err error
		require.Less(t, allocated(func() { got, err = parquetfile.Read(data, nil) }), maxAllocated(len(data)))
		if err != nil {
			return
		}
		for _, c := range got.Columns {
			if c.Skipped != "" {
				require.Empty(t, c.Texts)
				require.Empty(t, c.Numbers)
				continue
			}
			require.Equal(t, got.Rows, len(c.Texts)+len(c.Numbers))
			for _, v := range c.Numbers {
				require.False(t, math.IsInf(v, 0))
			}
		}
	})
}
