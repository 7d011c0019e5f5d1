package pickle_test

import (
	"archive/zip"
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/pickle"
)

// fuzzLimits are low, so that the fuzzer can exceed them.
var fuzzLimits = pickle.Limits{Size: 1 << 16, Memory: 1 << 18}

// mostAllocated is the largest number of bytes that loading may allocate with fuzzLimits: the
// memory limits of the whole, of a part and of shared objects, and buffers.
const mostAllocated = 1 << 21

// seeds are the seed inputs of the fuzzer.
func seeds(f *testing.F) [][]byte {
	var s [][]byte
	for _, data := range plain(f) {
		s = append(s, data)
	}
	for _, text := range []string{
		"\x80\x04N.",
		"\x80\x04\x8f\x94(K\x07K\x08\x90.",
		"\x80\x02}X\x05\x00\x00\x00splitq\x00}q\x01K\x01]q\x02ss.",
		"\x80\x02(h\x00]q\x00h\x00at.",
		"\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85R.",
		"\x80\x03ccollections\nOrderedDict\n)RC\x01aNs.",
		"\x80\x04\x95\x02\x00\x00\x00\x00\x00\x00\x00N.",
		"\x80\x02X\xff\xff\xff\xffabc",
		"\x80\x02}q\x00(h\x00h\x00u.",
	} {
		s = append(s, []byte(text))
	}
	return s
}

func FuzzLoad(f *testing.F) {
	for _, data := range seeds(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var whole, split any
		var wholeErr, splitErr error
		allocated := allocates(func() {
			whole, wholeErr = pickle.Load(opener(data), pickle.Options{Limits: fuzzLimits})
			split, splitErr = pickle.Load(opener(data), pickle.Options{
				Limits: fuzzLimits,
				Split:  "split",
				Each:   func(_, value any) (any, error) { return value, nil },
			})
		})
		require.Less(t, allocated, uint64(2*mostAllocated))
		if wholeErr != nil {
			require.Nil(t, whole)
		}
		if splitErr != nil {
			require.Nil(t, split)
		}
		if wholeErr == nil {
			require.NoError(t, splitErr, "what is shared is less than the whole")
		}
	})
}

func FuzzTorch(f *testing.F) {
	for _, data := range seeds(f) {
		f.Add([]byte(legacyTorch(string(data))))
		f.Add(archive(f, zip.Store, "model/data.pkl", string(data)))
		f.Add(archive(f, zip.Deflate, "model/data.pkl", string(data), "model/version", "3\n"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		allocated := allocates(func() {
			value, err := pickle.Load(opener(data), pickle.Options{Limits: fuzzLimits, Torch: true})
			if err != nil {
				require.Nil(t, value)
			}
			open, err := pickle.OpenTorchZip(bytes.NewReader(data), int64(len(data)))
			if err != nil {
				return
			}
			value, err = pickle.Load(open, pickle.Options{Limits: fuzzLimits})
			if err != nil {
				require.Nil(t, value)
			}
		})
		require.Less(t, allocated, uint64(2*mostAllocated+100*len(data)))
	})
}
