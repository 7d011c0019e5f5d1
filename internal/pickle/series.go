package pickle

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/nlpodyssey/gopickle/types"
)

// maxWords is the number of keys of series that are cached. The benchmark has about 600.
const maxWords = 1 << 12

// readSeries reads keys and numbers into a dictionary, from the mark to SETITEMS. They make up most
// of the benchmark's files: a figure for each epoch. gopickle would take several times as long and
// create every key anew.
func (l *loader) readSeries(into types.DictSetter) error {
	l.series = l.series[1:]
	var key, last any
	odd := false // whether a key is waiting for its value
	for {
		i, err := l.scanner.next()
		if err != nil {
			return err
		}
		switch i.code {
		case opMark:
			continue
		case opSetItems:
			return nil
		case opPut, opLongPut, opMemoize:
			if entry, ok := l.put(); ok {
				l.enter(entry, last)
			}
			continue
		case opGet, opLongGet:
			last = l.objects[i.number()]
		case opFloat:
			last = math.Float64frombits(binary.BigEndian.Uint64(i.argument()))
		case opInt:
			last = int(int32(i.number()))
		case opInt1, opInt2:
			last = i.number()
		case opUnicode, opShortUnicode:
			last = l.word(i.argument())
		default:
			return fmt.Errorf("byte %d: the file has changed since it was checked", l.scanner.pos)
		}
		if odd {
			into.Set(key, last)
		}
		key, odd = last, !odd
	}
}

// word returns a string for a key, usually a cached one.
func (l *loader) word(s []byte) any {
	if word, ok := l.words[string(s)]; ok {
		return word
	}
	if len(l.words) == maxWords {
		clear(l.words)
	}
	var word any = string(s)
	l.words[string(s)] = word
	return word
}
