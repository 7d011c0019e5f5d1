package pickle

import (
	"fmt"
	"math"

	"github.com/nlpodyssey/gopickle/pickle"
	"github.com/nlpodyssey/gopickle/types"
)

// loader has gopickle run a pickle that is checked.
type loader struct {
	Options
	*plan
	scanner *scanner
	entries int            // of the pickle's memo, so far
	objects map[int]any    // those of them that are fetched
	made    []int          // those of them that the current part alone fetches
	within  bool           // a part; it is the first of parts
	left    int64          // estimate of the memory of what the current part leaves to others
	kept    int64          // the same of all parts before
	words   map[string]any // strings that were keys lately
}

// wholeFile is where the outermost pickle ends, as far as a rewriter is concerned.
const wholeFile = math.MaxInt64

// run runs instructions up to a place in the file.
func (l *loader) run(end int64) (value any, err error) {
	defer func() {
		// gopickle panics at a key that no Go map can have, for example.
		if p := recover(); p != nil {
			value, err = nil, fmt.Errorf("byte %d: %v", l.scanner.pos, p)
		}
	}()
	u := pickle.NewUnpickler(&rewriter{loader: l, end: end})
	u.FindClass = findClass
	u.PersistentLoad = l.persistent
	return u.Load()
}

// What a rewriter says with a persistent object that is a tuple of something and a negative number.
const (
	callPart   = -1 - iota // load the part that the scanner is at, under this key
	callSeries             // read the series that the scanner is at, into this dictionary
)

// persistent is called for every persistent object. A number fetches an entry of the memo. An object and a number make
// the object that entry.
func (l *loader) persistent(id any) (any, error) {
	entry, ok := id.(int)
	if ok {
		return l.objects[entry], nil
	}
	t := *id.(*types.Tuple) // for the rewriter writes no others
	switch n := t[1].(int); n {
	case callPart:
		return l.loadPart(t[0])
	case callSeries:
		return t[0], l.readSeries(t[0].(types.DictSetter))
	default:
		l.enter(n, t[0])
		return t[0], nil
	}
}

// enter makes an object an entry of the memo.
func (l *loader) enter(entry int, object any) {
	l.objects[entry] = object
	switch k := l.memo[entry]; {
	case !l.within:
	case k&shared == 0:
		l.made = append(l.made, entry)
	case (k &^ flags).isContainer():
		l.left += l.parts[0].memory() // it may hold all of the part
	default:
		l.left += scalarMemory
		if s, ok := object.(string); ok {
			l.left += int64(len(s))
		}
	}
}

// loadPart loads the part that the scanner is at, and forgets it but for what Each returns.
func (l *loader) loadPart(key any) (any, error) {
	l.within = true
	value, err := l.run(l.parts[0].last.pos)
	if err == nil {
		value, err = l.Each(key, value)
	}
	if err != nil {
		return nil, fmt.Errorf("%s[%v]: %w", l.Split, key, err)
	}
	l.kept += min(l.left, l.parts[0].memory())
	l.left = 0
	if most := min(l.Memory, l.plan.left); l.kept > most {
		return nil, fmt.Errorf("byte %d: values of %q share more than some %d bytes", l.scanner.pos, l.Split, most)
	}
	for _, entry := range l.made {
		delete(l.objects, entry)
	}
	l.made = l.made[:0]
	l.parts = l.parts[1:]
	l.within = false
	return value, nil
}
