package pickle

import (
	"fmt"
	"math"

	"github.com/nlpodyssey/gopickle/pickle"
	"github.com/nlpodyssey/gopickle/types"
)

// loader runs a checked pickle with gopickle.
type loader struct {
	Options
	*plan
	scanner *scanner
	entries int            // number of memo entries so far
	objects map[int]any    // memo entries that are fetched
	made    []int          // memo entries that only the current part fetches
	within  bool           // whether it is loading a part, the first of parts
	left    int64          // estimate of the memory that the current part leaves to others
	kept    int64          // the same for all earlier parts
	words   map[string]any // recent keys
}

// wholeFile is the end of the outermost pickle for a rewriter.
const wholeFile = math.MaxInt64

// run runs instructions up to a position in the file.
func (l *loader) run(end int64) (value any, err error) {
	defer func() {
		// gopickle panics, for example, if a key cannot be the key of a Go map.
		if p := recover(); p != nil {
			value, err = nil, fmt.Errorf("byte %d: %v", l.scanner.pos, p)
		}
	}()
	u := pickle.NewUnpickler(&rewriter{loader: l, end: end})
	u.FindClass = findClass
	u.PersistentLoad = l.persistent
	return u.Load()
}

// Commands of a rewriter, as persistent objects that are tuples of an object and a negative number.
const (
	callPart   = -1 - iota // load the part at the scanner's position, which has this key
	callSeries             // read the series at the scanner's position into this dictionary
)

// persistent is called for every persistent object. A number fetches an entry of the memo. An
// object and a number store the object as that entry.
func (l *loader) persistent(id any) (any, error) {
	entry, ok := id.(int)
	if ok {
		return l.objects[entry], nil
	}
	t := *id.(*types.Tuple) // the rewriter does not write other ids
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

// enter stores an object in the memo.
func (l *loader) enter(entry int, object any) {
	l.objects[entry] = object
	switch k := l.memo[entry]; {
	case !l.within:
	case k&shared == 0:
		l.made = append(l.made, entry)
	case (k &^ flags).isContainer():
		l.left += l.parts[0].memory() // it may contain the whole part
	default:
		l.left += scalarMemory
		if s, ok := object.(string); ok {
			l.left += int64(len(s))
		}
	}
}

// loadPart loads the part at the scanner's position, and drops everything but the result of Each.
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
		return nil, fmt.Errorf("byte %d: the values of %q share more than about %d bytes", l.scanner.pos, l.Split, most)
	}
	for _, entry := range l.made {
		delete(l.objects, entry)
	}
	l.made = l.made[:0]
	l.parts = l.parts[1:]
	l.within = false
	return value, nil
}
