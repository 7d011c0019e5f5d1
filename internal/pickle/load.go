package pickle

import (
	"bytes"
	"cmp"
	"io"

	"github.com/graphpnas/graphpnas/internal/limit"
)

// Limits limits what is read from a file.
type Limits struct {
	Size int64 // size in bytes of the pickle and everything around it
	// File is the length of the file that contains the pickle, which may be compressed. Loading uses
	// at most 16 times as many bytes of memory plus 64 MiB (see package limit).
	File int64
	// Memory limits a conservative estimate of the allocated bytes: of the whole pickle or, if it is
	// split, separately of each value, of the rest, and of what values share with the rest or with
	// one another.
	Memory int64
}

// Options configures how a pickle is loaded.
type Options struct {
	Limits
	// Torch reports that the pickle is in a file of torch.save in the format before version 1.6,
	// surrounded by other, fixed pickles. Otherwise, the pickle must be the whole file.
	Torch bool
	// Split is a key of the outermost dictionary whose value is another dictionary. Each is called
	// with the keys and values of the latter, one at a time, and its results replace the values. It
	// must not retain the values. If Split is empty, nothing is split.
	Split string
	Each  func(key, value any) (any, error)
}

// Loads loads a pickle in memory; see [Load]. If Limits.File is zero, it is the length of data.
func Loads(data []byte, limits Limits) (any, error) {
	limits.File = cmp.Or(limits.File, int64(len(data)))
	return Load(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }, Options{Limits: limits})
}

// Load loads a pickle. It opens the file twice, once to check it and once to run it. Objects are
// converted as follows; see [Pairs] and [Items] for containers.
//
//	None, bool, float     nil, bool, float64
//	int                   int, of up to 64 bits
//	str, bytes            string, []byte
//	tuple, list           *types.Tuple, *types.List
//	dict, OrderedDict     *types.Dict, *types.OrderedDict
//	set                   *types.Set
//	numpy.float64, …      float64 or int
//
// where types is gopickle's package. Errors have at most 1 KB.
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

// checkFile checks a file and returns the position of its pickle.
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
