package parquetfile_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go/format"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/parquetfile"
)

// requireBounded requires that reading uses no more memory than allowed, and returns the error.
func requireBounded(t *testing.T, data []byte) (err error) {
	t.Helper()
	require.Less(t, allocated(func() { _, err = parquetfile.Read(data, nil) }), maxAllocated(len(data)))
	if err != nil {
		assert.LessOrEqual(t, len(err.Error()), 1000)
	}
	return err
}

// A dictionary of empty strings takes 4 bytes for each entry in the file, and a run of one entry
// takes almost nothing.
func TestADictionaryOfEmptyStringsIsBounded(t *testing.T) {
	const words = 1 << 17
	run := func(rows int) []byte { return append(binary.AppendUvarint([]byte{1}, uint64(rows)<<1), 0) }
	file := func(rows int) []byte {
		return of(element(format.ByteArray, format.Required), rows,
			dictionaryPage(t, words, make([]byte, 4*words)), plainPage(t, format.RLEDictionary, rows, run(rows))).file(t)
	}
	assert.NoError(t, requireBounded(t, file(1<<20)))
	assert.ErrorContains(t, requireBounded(t, file(1<<21)), "the contents are too long for a file of this length")
	assert.ErrorContains(t, requireBounded(t, file(1<<23)), "8388608 rows of 1 columns in a file of")
}

// fileOf returns a file that consists of a footer.
func fileOf(footer []byte) []byte {
	data := append([]byte(parquetfile.Magic), footer...)
	data = binary.LittleEndian.AppendUint32(data, uint32(len(footer)))
	return append(data, parquetfile.Magic...)
}

// An empty struct takes one byte in the footer and several hundred in memory.
func TestFootersOfEmptyStructsAreBounded(t *testing.T) {
	const n = 1 << 17
	list := append(binary.AppendUvarint([]byte{0xfc}, n), make([]byte, n)...) // n structs without fields
	for name, footer := range map[string][]byte{
		"schema":     bytes.Join([][]byte{{0x29}, list, {0}}, nil),
		"row groups": bytes.Join([][]byte{{0x49}, list, {0}}, nil),
		"columns":    bytes.Join([][]byte{{0x49, 0x1c, 0x19}, list, {0, 0}}, nil),
		"metadata":   bytes.Join([][]byte{{0x59}, list, {0}}, nil),
	} {
		t.Run(name, func(t *testing.T) {
			assert.ErrorContains(t, requireBounded(t, fileOf(footer)), "footer: malformed metadata: the contents are too long")
		})
	}
}

// Row groups that share their pages would have them decoded repeatedly.
func TestSharedPagesAreAnError(t *testing.T) {
	h := of(element(format.ByteArray, format.Required), 1, plainPage(t, format.Plain, 1, lengthText(strings.Repeat("x", 1000))))
	h.groups = 3
	assert.ErrorContains(t, requireBounded(t, h.file(t)), `column "x": row group 2: the pages also belong to another column or row group`)
}

func TestErrorsOfLongNamesAreShort(t *testing.T) {
	f := smallFile()
	f.Columns[0].Name = strings.Repeat("long", 1<<16)
	data := written(t, f)
	data[5] ^= 0xff
	assert.ErrorContains(t, requireBounded(t, data), `column "long`)
}
