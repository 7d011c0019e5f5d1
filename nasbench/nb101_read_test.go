package nasbench_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/graphpnas/graphpnas/internal/nb101"
	"github.com/graphpnas/graphpnas/internal/tfrecord"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// threeRows returns a file of three rows, and the offset of the end of each row.
func threeRows(t require.TestingT) (file []byte, ends []int) {
	for _, row := range []nb101.Row{
		training(t, cell101(t, conv3), 108, nb101.Evaluation{1000, 1, 0.5, 0.5}),
		training(t, cell101(t, conv3), 108, nb101.Evaluation{1000, 1, 0.75, 0.5}),
		training(t, cell101(t, pool3, conv1), 108, nb101.Evaluation{1000, 1, 0.75, 0.5}),
	} {
		file = append(file, nb101File(t, row)...)
		ends = append(ends, len(file))
	}
	return file, ends
}

func TestOpenNB101(t *testing.T) {
	path := filepath.Join(t.TempDir(), "three.tfrecord")
	_, err := nasbench.OpenNB101(path, nasbench.NB101Options{})
	assert.ErrorIs(t, err, os.ErrNotExist)
	assert.ErrorContains(t, err, path)

	_, err = nasbench.OpenNB101(filepath.Dir(path), nasbench.NB101Options{})
	assert.ErrorContains(t, err, filepath.Dir(path)+": this is a directory; open the file nasbench_only108.tfrecord")

	file, _ := threeRows(t)
	require.NoError(t, os.WriteFile(path, file, 0o600))
	benchmark, err := nasbench.OpenNB101(path, nasbench.NB101Options{})
	require.NoError(t, err)
	assert.Equal(t, 2, benchmark.Len())
	assert.Equal(t, []int{108}, benchmark.Epochs())
}

func TestReadNB101Gzip(t *testing.T) {
	file, _ := threeRows(t)
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, err := z.Write(file)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	benchmark, err := readNB101(out.Bytes())
	require.NoError(t, err)
	assert.Equal(t, 2, benchmark.Len())
	for n := range out.Len() {
		_, err := readNB101(out.Bytes()[:n])
		require.ErrorContains(t, err, "nb101.tfrecord: ", "%d bytes", n)
	}
}

func TestNB101Options(t *testing.T) {
	file, _ := threeRows(t)
	for _, epochs := range [][]int{{}, {0}, {-4, 108}, {108, 4, 108}} {
		_, err := nasbench.ReadNB101(bytes.NewReader(file), "nb101.tfrecord", nasbench.NB101Options{Epochs: epochs})
		assert.ErrorContains(t, err, "nb101.tfrecord: NB101Options.Epochs must be positive and all different, got [")
	}
	_, err := readNB101(file, 108, 36)
	assert.ErrorIs(t, err, nasbench.ErrNotRecorded)
	assert.ErrorContains(t, err, "nb101.tfrecord: training for 36 epochs is not recorded; the file has training runs for 108 epochs")
	_, err = readNB101(nil)
	assert.ErrorContains(t, err, "nb101.tfrecord: the file has no records")
}

func TestNB101FilesOfAnotherFormat(t *testing.T) {
	for message, file := range map[string]string{
		"record 1: this is an HTML page":      "<!DOCTYPE html><html><title>Google Drive - Quota exceeded</title></html>",
		"record 1: this is a Git LFS pointer": "version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 523985352\n",
		"record 1: this is a tar archive":     "nasbench_only108.tfrecord" + strings.Repeat("\x00", 232) + "ustar\x0000" + strings.Repeat("\x00", 248),
		"record 1: this is a text file":       "arch,validation_accuracy\n",
	} {
		_, err := readNB101([]byte(file))
		assert.ErrorContains(t, err, "nb101.tfrecord: "+message)
		assert.ErrorContains(t, err, "not a TFRecord file")
	}
}

func TestTruncatedNB101(t *testing.T) {
	file, ends := threeRows(t)
	for n := 1; n < len(file); n++ {
		_, err := readNB101(file[:n])
		if slices.Contains(ends, n) {
			require.NoError(t, err, "a shorter, complete file")
			continue
		}
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		require.ErrorContains(t, err, "nb101.tfrecord: "+recordAt(n, ends))
	}
}

func TestFlippedBitsInNB101(t *testing.T) {
	file, ends := threeRows(t)
	for bit := range 8 * len(file) {
		bad := slices.Clone(file)
		bad[bit/8] ^= 1 << (bit % 8)
		_, err := readNB101(bad)
		require.ErrorContains(t, err, "nb101.tfrecord: "+recordAt(bit/8, ends))
		require.ErrorContains(t, err, "checksum")
	}
}

// recordAt returns how an error names the record that contains a byte.
func recordAt(offset int, ends []int) string {
	record, found := slices.BinarySearch(ends, offset)
	if found {
		record++
	}
	return fmt.Sprintf("record %d: ", record+1)
}

func TestBadNB101(t *testing.T) {
	good := training(t, cell101(t, conv3), 108, nb101.Evaluation{1000, 1, 0.5, 0.5})
	other := training(t, cell101(t, pool3), 108, nb101.Evaluation{1000, 1, 0.5, 0.5})
	other.Key = good.Key
	small, large := good, good
	small.Metrics.Parameters, large.Metrics.Parameters = 1000, 2000
	text := func(row nb101.Row) string { return string(row.AppendTo(nil)) }
	for name, bad := range map[string]struct {
		rows    []string
		message string
		invalid bool // the error wraps searchspace.ErrInvalid
	}{
		"empty row":     {[]string{""}, "record 1: md5: unexpected EOF", false},
		"no row":        {[]string{text(good), "{}"}, "record 2: md5: got '{', want '['", false},
		"illegal cell":  {[]string{text(good), text(good), strings.Replace(text(good), `"010`, `"000`, 1)}, "record 3: cell: ", true},
		"no epochs":     {[]string{strings.Replace(text(good), "108", "0", 1)}, "record 1: epochs: 0 is out of range", false},
		"other epochs":  {[]string{strings.Replace(text(good), "108", "36", 1)}, "record 1: metrics: ", false},
		"no metrics":    {[]string{text(good), text(good)[:strings.LastIndex(text(good), `, "`)] + `, ""]`}, "record 2: metrics: ", false},
		"another cell":  {[]string{text(good), text(other)}, "record 2: the cell with md5 " + searchspace.NASBench101{}.Key(good.Cell.Arch()), false},
		"parameters":    {[]string{text(small), text(good), text(large)}, "record 3: cell " + searchspace.NASBench101{}.Key(good.Cell.Arch()), false},
		"a long record": {[]string{text(good) + strings.Repeat(" ", 1<<17)}, "record 1: a length of ", false},
	} {
		t.Run(name, func(t *testing.T) {
			var file bytes.Buffer
			w := tfrecord.NewWriter(&file)
			for _, row := range bad.rows {
				require.NoError(t, w.Write([]byte(row)))
			}
			_, err := readNB101(file.Bytes())
			require.ErrorContains(t, err, "nb101.tfrecord: "+bad.message)
			assert.Equal(t, bad.invalid, errors.Is(err, searchspace.ErrInvalid))
		})
	}
}

// ReadNB101 returns the first error in the file, whichever goroutine finds it, and stops all goroutines.
func TestFirstOfManyErrorsInNB101(t *testing.T) {
	defer goleak.VerifyNone(t)
	good := nb101File(t, training(t, cell101(t, conv3), 108, nb101.Evaluation{1000, 1, 0.5, 0.5}))
	file := bytes.Repeat(good, 10_000)
	for _, record := range []int{9_999, 5_000, 1} { // each error is before the previous one
		start := (record - 1) * len(good)
		bad := bytes.Replace(good, []byte("108"), []byte("999"), 1) // breaks the checksum
		if record == 5_000 {
			var row bytes.Buffer
			require.NoError(t, tfrecord.NewWriter(&row).Write(bad[12:len(bad)-4])) // the metrics are for another number of epochs
			bad = row.Bytes()
		}
		copy(file[start:], bad)
		for range 3 {
			_, err := readNB101(file)
			require.ErrorContains(t, err, fmt.Sprintf("nb101.tfrecord: record %d: ", record))
		}
	}
}

func TestReadingNB101Fails(t *testing.T) {
	defer goleak.VerifyNone(t)
	broken := errors.New("disk on fire")
	file, ends := threeRows(t)
	for n := range len(file) + 1 {
		r := io.MultiReader(bytes.NewReader(file[:n]), iotest.ErrReader(broken))
		_, err := nasbench.ReadNB101(r, "nb101.tfrecord", nasbench.NB101Options{})
		require.ErrorIs(t, err, broken)
		if n >= 12 {
			require.ErrorContains(t, err, "nb101.tfrecord: "+recordAt(n, ends))
		}
	}
}

func TestReadNB101OnOneProcessor(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	file, _ := threeRows(t)
	benchmark, err := readNB101(bytes.Repeat(file, 3_000))
	require.NoError(t, err)
	assert.Equal(t, 2, benchmark.Len())
	assert.Equal(t, 6_000, benchmark.Repeats(searchspace.NASBench101{}.Key(cell101(t, conv3)), 108))
}

func TestVerifyNB101(t *testing.T) {
	good := training(t, cell101(t, conv3), 108, nb101.Evaluation{1000, 1, 0.5, 0.5})
	bad := training(t, cell101(t, pool3), 108, nb101.Evaluation{1000, 1, 0.5, 0.5})
	bad.Key[3]++
	benchmark, err := readNB101(nb101File(t, good))
	require.NoError(t, err)
	require.NoError(t, benchmark.Verify(t.Context()))

	benchmark, err = readNB101(nb101File(t, good, good, bad, bad))
	require.NoError(t, err)
	assert.ErrorContains(t, benchmark.Verify(t.Context()),
		"nb101.tfrecord: record 3: the md5 of [input; maxpool3x3<0; output<1] must be ")
	ended, end := context.WithCancel(t.Context())
	end()
	assert.ErrorIs(t, benchmark.Verify(ended), context.Canceled)
}

// FuzzReadNB101 reads files of two rows with correct checksums.
func FuzzReadNB101(f *testing.F) {
	good := training(f, cell101(f, conv3), 4, nb101.Evaluation{1000, 1, 0.5, 0.5})
	swapped := training(f, cell101(f, conv3, pool3), 4, nb101.Evaluation{unset, unset, unset, unset})
	f.Add(string(good.AppendTo(nil)), firstNB101Row)
	f.Add(firstNB101Row, strings.Replace(firstNB101Row, "EIqYigQZ", "EIqYigMZ", 1))
	f.Add(string(swapped.AppendTo(nil)), strings.Replace(string(swapped.AppendTo(nil)), "conv3x3", "conv1x1", 1))
	f.Add("", "[]")
	f.Fuzz(func(t *testing.T, first, second string) {
		var file bytes.Buffer
		w := tfrecord.NewWriter(&file)
		require.NoError(t, w.Write([]byte(first)))
		require.NoError(t, w.Write([]byte(second)))
		benchmark, err := readNB101(file.Bytes(), 4)
		if err != nil {
			require.ErrorContains(t, err, "nb101.tfrecord: ")
			require.True(t, errors.Is(err, nasbench.ErrNotRecorded) || strings.Contains(err.Error(), ": record "))
			return
		}
		for key := range benchmark.Keys() {
			for _, metric := range []nasbench.NB101Metric{nasbench.NB101TrainingTime, nasbench.NB101TestAccuracy} {
				v, err := benchmark.ValueOfKey(key, nasbench.NB101Query{Metric: metric})
				require.True(t, err == nil && v >= 0 && v <= 1e9 || errors.Is(err, nasbench.ErrNotRecorded))
			}
		}
	})
}
