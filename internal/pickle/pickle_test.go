package pickle_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/nlpodyssey/gopickle/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/pickle"
)

var limits = pickle.Limits{Size: 1 << 20, Memory: 1 << 20}

// plain returns the pickles of one object in all protocols; see testdata/make.py.
func plain(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("testdata/plain*.pickle")
	require.NoError(t, err)
	require.Len(t, paths, 4)
	samples := map[string][]byte{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		samples[filepath.Base(path)] = data
	}
	return samples
}

// one is a variable because some ints here do not fit 32 bits, where loading such a pickle is an
// error.
var one = 1

// plainValue is the object in the pickles of plain, as returned by simplify.
var plainValue = pairs{
	{"none", nil}, {"yes", true}, {"no", false},
	{"ints", []any{0, 255, 256, 65535, 65536, -1, 1<<31 - 1, -1 << 31, one << 40, -one << 40}},
	{"float", -1.5}, {"str", "é"}, {"bytes", []byte("\xff\x00")},
	{"tuples", []any{[]any{}, []any{1}, []any{1, 2}, []any{1, 2, 3}, []any{1, 2, 3, 4}}},
	{"ordered", pairs{{"b", 1.0}, {"a", 2.0}}},
	{"curve", pairs{{"x@0", 1.0}, {"x@1", 2.5}, {3, 0.5}, {300, 4.0}, {70000, 5.0}, {"float", 6.0}}},
	{"shared", []any{[]any{"x"}, []any{"x"}}},
	{"numpy", []any{0.1, 0.5, -3}},
	{"split", pairs{{7, []any{[]any{"x"}, "new"}}, {8, []any{"new", pairs{{"x@0", -1.0}, {"x@1", -2.0}}}}}},
	{"tail", []any{"new"}},
}

// pairs is a dictionary.
type pairs [][2]any

// simplify copies an object, converting lists and tuples to slices and dictionaries to pairs.
func simplify(object any) any {
	if d, ok := pickle.Pairs(object); ok {
		copied := pairs{}
		for key, value := range d {
			copied = append(copied, [2]any{simplify(key), simplify(value)})
		}
		return copied
	}
	if l, ok := pickle.Items(object); ok {
		copied := []any{}
		for _, item := range l {
			copied = append(copied, simplify(item))
		}
		return copied
	}
	return object
}

func TestLoads(t *testing.T) {
	for name, data := range plain(t) {
		value, err := pickle.Loads(data, limits)
		require.NoError(t, err, name)
		assert.Equal(t, plainValue, simplify(value), name)
	}
}

// In protocol 2, Python encodes empty bytes as a call of bytes().
func TestEmptyBytes(t *testing.T) {
	value, err := pickle.Loads([]byte("\x80\x02c__builtin__\nbytes\nq\x00)Rq\x01."), limits)
	require.NoError(t, err)
	assert.Equal(t, []byte{}, value)
}

func TestSets(t *testing.T) {
	value, err := pickle.Loads([]byte("\x80\x04\x8f\x94(K\x07K\x08\x90."), limits)
	require.NoError(t, err)
	s := value.(*types.Set)
	assert.Equal(t, 2, s.Len())
	assert.True(t, s.Has(7))
	assert.True(t, s.Has(8))
	_, ok := pickle.Pairs(value)
	assert.False(t, ok)
	_, ok = pickle.Items(value)
	assert.False(t, ok)
}

// opener opens files with the given contents one after the other, and the last one repeatedly.
func opener(files ...[]byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		file := files[0]
		if len(files) > 1 {
			files = files[1:]
		}
		return io.NopCloser(bytes.NewReader(file)), nil
	}
}

func TestSplit(t *testing.T) {
	for name, data := range plain(t) {
		var seen pairs
		value, err := pickle.Load(opener(data), pickle.Options{
			Limits: limits,
			Split:  "split",
			Each: func(key, value any) (any, error) {
				seen = append(seen, [2]any{key, simplify(value)})
				return -key.(int), nil
			},
		})
		require.NoError(t, err, name)
		last := len(plainValue) - 2
		assert.Equal(t, plainValue[last][1], seen, name)
		want := append(append(pairs{}, plainValue[:last]...), pairs{{"split", pairs{{7, -7}, {8, -8}}}, {"tail", []any{"new"}}}...)
		assert.Equal(t, want, simplify(value), name)
	}
}

func TestErrorOfEach(t *testing.T) {
	broken := errors.New("broken")
	_, err := pickle.Load(opener(plain(t)["plain4.pickle"]), pickle.Options{
		Limits: limits,
		Split:  "split",
		Each: func(key, _ any) (any, error) {
			if key == any(8) {
				return nil, broken
			}
			return nil, nil
		},
	})
	assert.ErrorIs(t, err, broken)
	assert.ErrorContains(t, err, "split[8]: ")
}

func TestFilesThatCannotBeRead(t *testing.T) {
	broken := errors.New("disk on fire")
	data := plain(t)["plain2.pickle"]
	for opened := range 2 {
		n := 0
		_, err := pickle.Load(func() (io.ReadCloser, error) {
			n++
			if n > opened {
				return nil, broken
			}
			return io.NopCloser(bytes.NewReader(data)), nil
		}, pickle.Options{Limits: limits})
		assert.ErrorIs(t, err, broken)
	}
	_, err := pickle.Load(func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(bytes.NewReader(data[:100]), readerThatFails{broken})), nil
	}, pickle.Options{Limits: limits})
	assert.ErrorIs(t, err, broken)
}

type readerThatFails struct{ err error }

func (r readerThatFails) Read([]byte) (int, error) { return 0, r.err }

// A file that changes between the check and the run is an error.
func TestFileThatChanges(t *testing.T) {
	samples := plain(t)
	for first, a := range samples {
		for second, b := range samples {
			for _, split := range []string{"", "split"} {
				_, err := pickle.Load(opener(a, b), pickle.Options{
					Limits: limits,
					Split:  split,
					Each:   func(any, any) (any, error) { return nil, nil },
				})
				if first == second {
					require.NoError(t, err)
				}
			}
		}
		_, err := pickle.Load(opener(a, a[:len(a)/2]), pickle.Options{Limits: limits})
		assert.Error(t, err, fmt.Sprintf("%s, truncated the second time", first))
	}
}
