package pickle

import (
	"bytes"
	"cmp"
	"io"

	"github.com/graphpnas/graphpnas/internal/limit"
)

// Limits bound what is read of a file.
type Limits struct {
	Size int64 // bytes of the pickle with all around it
	// File is the length of the file that the pickle is in, which may be compressed. Everything together takes at most 16
	// times as many bytes of memory plus 64 MiB (see package limit).
	File int64
	// Memory bounds an estimate, on the high side, of the bytes that are allocated: for the whole, or where it is split,
	// for each value, for all the rest, and for what values share with it or with one another.
	Memory int64
}

// Options say how a pickle is loaded.
type Options struct {
	Limits
	// Torch says that the pickle is in a file of torch.save in its form from before version 1.6: between other, fixed
	// pickles. Otherwise the pickle is all there is.
	Torch bool
	// Split is a key of the outermost dictionary, under which is another dictionary. Its values are given to Each with
	// their keys, one at a time, and what it returns takes their places. It must not keep them. An empty key splits
	// nothing.
	Split string
	Each  func(key, value any) (any, error)
}

// Loads loads a pickle in memory, see [Load]. Limits.File is the length of data if it is zero.
func Loads(data []byte, limits Limits) (any, error) {
	limits.File = cmp.Or(limits.File, int64(len(data)))
	return Load(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }, Options{Limits: limits})
}

// Load loads a pickle. It opens the file twice, to check it and to run it. Objects come as follows; see [Pairs] and
// [Items] for those that hold others.
//
//	None, bool, float     nil, bool, float64
//	int                   int, of up to 64 bits
//	str, bytes            string, []byte
//	tuple, list           *types.Tuple, *types.List
//	dict, OrderedDict     *types.Dict, *types.OrderedDict
//	set                   *types.Set
//	numpy.float64, …      float64 or int
//
// where types is gopickle's. Errors have at most 1 KB.
func Load(open func() (io.ReadCloser, error), o Options) (any, error) {
	value, err := load(open, o)
	return value, limit.Error(err)
}

func load(open func() (io.ReadCloser, error), o Options) (any, error) {
	begin, p, err := checkFile(open, o)
	if err != nil {
		return nil, err
	}
	file, err := open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	l := loader{Options: o, plan: p, scanner: newScanner(file, o.Size), objects: map[int]any{}, words: map[string]any{}}
	if err := l.scanner.skip(begin); err != nil {
		return nil, err
	}
	return l.run(wholeFile)
}

// checkFile checks a file, and returns where its pickle begins.
func checkFile(open func() (io.ReadCloser, error), o Options) (int64, *plan, error) {
	file, err := open()
	if err != nil {
		return 0, nil, err
	}
	defer file.Close()
	s := newScanner(file, o.Size)
	if o.Torch {
		if err := readTorchHead(s, o.Limits); err != nil {
			return 0, nil, err
		}
	}
	begin := s.pos
	p, err := check(s, o.Split, o.Limits)
	if err != nil {
		return 0, nil, err
	}
	if o.Torch {
		if err := readTorchTail(s); err != nil {
			return 0, nil, err
		}
	}
	return begin, p, s.end()
}
