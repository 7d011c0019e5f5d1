package tfrecord_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/tfrecord"
)

// longest is the record limit of these tests.
const longest = 1 << 10

// write returns a file of records.
func write(t require.TestingT, records ...[]byte) []byte {
	var file bytes.Buffer
	w := tfrecord.NewWriter(&file)
	for _, data := range records {
		require.NoError(t, w.Write(data))
	}
	return file.Bytes()
}

// read returns the records before the end or an error, and nil at the end.
func read(file io.Reader) (records [][]byte, err error) {
	r, err := tfrecord.NewReader(file, longest)
	if err != nil {
		return nil, err
	}
	for {
		data, err := r.Append(nil)
		if err == io.EOF {
			return records, nil
		}
		if err != nil {
			return records, err
		}
		records = append(records, data)
	}
}

func compressed(t require.TestingT, file []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, err := z.Write(file)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return out.Bytes()
}

func TestReadsWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 0, 300)).Draw(t, "records")
		file := write(t, records...)
		if rapid.Bool().Draw(t, "gzip") {
			file = compressed(t, file)
		}
		got, err := read(iotest.OneByteReader(bytes.NewReader(file)))
		require.NoError(t, err)
		require.Len(t, got, len(records))
		for i := range records {
			require.True(t, bytes.Equal(records[i], got[i]))
		}
	})
}

// The records of the published NAS-Bench-101 files have these lengths.
func TestKnownChecksums(t *testing.T) {
	for length, sum := range map[int][]byte{251: {0x18, 0x4f, 0x08, 0xa3}, 401: {0x98, 0x25, 0xed, 0x9b}} {
		file := write(t, make([]byte, length))
		assert.Equal(t, binary.LittleEndian.AppendUint64(nil, uint64(length)), file[:8])
		assert.Equal(t, sum, file[8:12])
		assert.Equal(t, sum, write(t, file[:8])[20:], "of the same bytes as data")
	}
}

func TestAppendKeepsWhatIsThere(t *testing.T) {
	r, err := tfrecord.NewReader(bytes.NewReader(append(write(t, []byte("abc")), 1)), longest)
	require.NoError(t, err)
	text, err := r.Append([]byte("xyz"))
	require.NoError(t, err)
	assert.Equal(t, "xyzabc", string(text))
	text, first := r.Append(text)
	require.ErrorIs(t, first, io.ErrUnexpectedEOF)
	assert.Equal(t, "xyzabc", string(text))
	_, again := r.Append(nil)
	assert.Equal(t, first, again)
}

func TestTruncatedFiles(t *testing.T) {
	first, second := []byte("first"), []byte("second one")
	file := write(t, first, second)
	boundary := len(write(t, first))
	for n := range len(file) {
		got, err := read(bytes.NewReader(file[:n]))
		if n == 0 || n == boundary {
			require.NoError(t, err, "whole, only shorter")
		} else {
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			require.ErrorContains(t, err, recordAt(n, boundary))
		}
		require.Len(t, got, min(1, n/boundary))
	}
	z := compressed(t, file)
	for n := range len(z) {
		_, err := read(bytes.NewReader(z[:n]))
		require.Equal(t, n > 0, err != nil, "%d bytes of gzip", n)
	}
}

func TestFlippedBits(t *testing.T) {
	file := write(t, []byte("first"), []byte("second one"))
	boundary := len(write(t, []byte("first")))
	for bit := range 8 * len(file) {
		bad := slices.Clone(file)
		bad[bit/8] ^= 1 << (bit % 8)
		got, err := read(bytes.NewReader(bad))
		require.ErrorContains(t, err, recordAt(bit/8, boundary))
		require.ErrorContains(t, err, "checksum")
		require.Len(t, got, min(1, bit/8/boundary))
	}
}

// recordAt returns the name, in errors, of the one of two records that contains a byte.
func recordAt(offset, boundary int) string {
	if offset < boundary {
		return "record 1: "
	}
	return "record 2: "
}

// header returns the start of a record with the given length and the correct checksum.
func header(t *testing.T, length uint64) []byte {
	// The checksum of a length equals that of data with the same bytes.
	file := write(t, binary.LittleEndian.AppendUint64(nil, length))
	return slices.Concat(file[12:20], file[20:24])
}

func TestLengthsThatLie(t *testing.T) {
	for _, length := range []uint64{longest + 1, 1 << 31, 1 << 40, 1 << 63, 1<<64 - 1} {
		_, err := read(bytes.NewReader(header(t, length)))
		require.ErrorContains(t, err, "record 1: a length of ")
		require.ErrorContains(t, err, "above the limit of 1024")
	}
	_, err := read(bytes.NewReader(header(t, longest)))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

func TestLengthThatLooksLikeGzip(t *testing.T) {
	const length = 0x088b1f
	r, err := tfrecord.NewReader(bytes.NewReader(write(t, make([]byte, length))), length)
	require.NoError(t, err)
	data, err := r.Append(nil)
	require.NoError(t, err)
	assert.Len(t, data, length)
}

func TestFilesOfAnotherFormat(t *testing.T) {
	page := []byte("<!DOCTYPE html><html><head><title>404 Not Found</title></head><body></body></html>")
	tarred := make([]byte, 1024)
	copy(tarred, "nasbench_only108.tfrecord")
	copy(tarred[257:], "ustar\x00")
	for message, file := range map[string][]byte{
		"record 1: this is an HTML page, which servers send instead of a missing file, not a TFRecord file": page,
		"record 1: this is a Git LFS pointer":  []byte("version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 523985352\n"),
		"record 1: this is a tar archive":      tarred,
		"record 1: this is a text file":        []byte("Not Found"),
		"record 1: this is a zip archive":      append([]byte("PK\x03\x04"), make([]byte, 30)...),
		"record 1: this is a gzip file":        compressed(t, compressed(t, write(t, []byte("abc")))),
		"record 1: this is a tar archive (\"t": compressed(t, tarred),
	} {
		_, err := read(bytes.NewReader(file))
		assert.ErrorContains(t, err, message)
	}
	_, err := read(bytes.NewReader(append(write(t, []byte("abc")), page...)))
	assert.ErrorContains(t, err, "record 2: the checksum of its length is wrong")
	_, err = read(bytes.NewReader(write(t, []byte("abc"))[:15]))
	assert.ErrorContains(t, err, "record 1: the file ends within the record; is the download complete?")
}

func TestReadingFails(t *testing.T) {
	broken := errors.New("disk on fire")
	file := write(t, []byte("first"), []byte("second"))
	for n := range len(file) {
		_, err := read(io.MultiReader(bytes.NewReader(file[:n]), iotest.ErrReader(broken)))
		require.ErrorIs(t, err, broken, "after %d bytes", n)
	}
	_, err := read(bytes.NewReader(compressed(t, file)[:5]))
	require.ErrorContains(t, err, "decompressing: ")
}

func TestWritingFails(t *testing.T) {
	r, w := io.Pipe()
	require.NoError(t, r.Close())
	assert.ErrorIs(t, tfrecord.NewWriter(w).Write([]byte("x")), io.ErrClosedPipe)
}

func FuzzReader(f *testing.F) {
	f.Add([]byte{})
	f.Add(write(f, []byte("abc")))
	f.Add(write(f, []byte("abc"))[:18])
	f.Add(write(f, nil, []byte("a"), make([]byte, 300)))
	f.Add(compressed(f, write(f, []byte("abc"))))
	f.Add(compressed(f, write(f, []byte("abc")))[:10])
	f.Fuzz(func(t *testing.T, file []byte) {
		records, err := read(bytes.NewReader(file))
		for _, data := range records {
			require.LessOrEqual(t, len(data), longest)
		}
		if again := write(t, records...); err == nil && !bytes.HasPrefix(file, []byte{0x1f, 0x8b}) {
			require.True(t, bytes.Equal(file, again), "what is whole reads back")
		} else if err != nil && !bytes.HasPrefix(file, []byte{0x1f, 0x8b}) {
			require.True(t, bytes.HasPrefix(file, again), "what comes before the error is whole")
		}
	})
}

func BenchmarkReader(b *testing.B) {
	records := make([][]byte, 1000)
	for i := range records {
		records[i] = make([]byte, 400)
	}
	file := write(b, records...)
	b.SetBytes(int64(len(file)))
	var data []byte
	for b.Loop() {
		r, err := tfrecord.NewReader(bytes.NewReader(file), longest)
		require.NoError(b, err)
		for err == nil {
			data, err = r.Append(data[:0])
		}
		require.Equal(b, io.EOF, err)
	}
}
