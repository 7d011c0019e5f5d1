package pickle

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/graphpnas/graphpnas/internal/limit"
)

const (
	maxStack = 1 << 16 // objects on the stack; Python puts up to 1,000 of a container there, so a few thousand
	maxMarks = 64      // marks on the stack, about as deep as dictionaries nest
	maxMemo  = 1 << 28 // entries of the memo; the published single files have about 1.7e8
	maxParts = 1 << 20 // values of the split dictionary; the published single files have 15,625
	maxGets  = 1 << 22 // fetches while a batch of a split dictionary's values is read; Python makes batches of 1,000
)

// plan is what the check finds of a pickle that is safe to run.
type plan struct {
	memo  []kind // of the objects in the memo, with flags
	parts []part // of the split dictionary, in the order of the file
	// Where the marks are after which keys and floats follow, for a dictionary: see loader.readSeries.
	series []int64
	left   int64 // memory that this file may take beside the plan
}

// part is a value of the split dictionary.
type part struct {
	first, last place // where it begins, and where what follows it begins
}

// place is where the machine stood.
type place struct {
	pos    int64 // bytes read
	memo   int   // entries in the memo
	memory int64 // estimate of what was allocated until here
}

// What the lists of a plan and of a splitter take for an element, in bytes, with the copy that remains while one grows.
const (
	memoMemory   = 3 * 1
	seriesMemory = 3 * 8
	partMemory   = 3 * 48
	getMemory    = 3 * 16
)

// machine runs a pickle, with kinds for objects.
type machine struct {
	plan
	limits Limits
	here   place // before the current instruction
	stack  []item
	marks  []int // places in the stack
	split  splitter
	words  words
}

// item is an object on the stack.
type item struct {
	kind  kind
	place // where the making of it began
}

// check checks the pickle that the scanner is at. The values of the dictionary under the key split of the outermost
// dictionary, if there is one, become parts.
func check(s *scanner, split string, limits Limits) (*plan, error) {
	m := &machine{limits: limits, split: splitter{key: split, mark: -1}}
	m.left = limit.Live(limits.File)
	for first := true; ; first = false {
		m.here.pos = s.pos
		i, err := s.next()
		if err != nil {
			return nil, err
		}
		if first != (i.code == opProto) {
			return nil, fmt.Errorf("byte %d: a pickle begins with PROTO, and has no other", m.here.pos)
		}
		if err := m.step(i); err != nil {
			return nil, fmt.Errorf("byte %d: %s: %w", m.here.pos, opcodes[i.code].name, err)
		}
		m.here.memory += int64(opcodes[i.code].memory + len(i.argument()))
		if i.code == opStop {
			return &m.plan, nil
		}
	}
}

// step runs an instruction.
func (m *machine) step(i instruction) error {
	switch i.code {
	case opProto:
		if v := i.number(); v < 2 || v > 5 {
			return fmt.Errorf("protocol %d is none of 2 to 5", v)
		}
		return nil
	case opStop:
		return m.stop()
	case opMark:
		return m.mark()
	case opFloat:
		return m.push(number)
	case opInt, opInt1, opInt2:
		return m.push(integer)
	case opNone, opTrue, opFalse, opBytes, opShortBytes:
		return m.push(atom)
	case opLong1:
		if n := len(i.argument()); n < 1 || n > strconv.IntSize/8 { // an int takes no more
			return fmt.Errorf("a number of %d bytes", n)
		}
		return m.push(atom)
	case opUnicode, opShortUnicode:
		return m.text(i.argument())
	case opEmptyTuple:
		return m.push(empty)
	case opEmptyList:
		return m.push(list)
	case opEmptyDict:
		return m.push(dict)
	case opEmptySet:
		return m.push(set)
	case opPut, opLongPut, opMemoize:
		return m.put(i)
	case opGet, opLongGet:
		return m.get(i.number())
	default:
		return m.combine(i)
	}
}

// push puts an object on the stack.
func (m *machine) push(k kind) error {
	if len(m.stack) == maxStack {
		return fmt.Errorf("more than %d objects on the stack", maxStack)
	}
	m.stack = append(m.stack, item{k, m.here})
	return nil
}

// text puts a string on the stack.
func (m *machine) text(s []byte) error {
	if k, ok := nameKinds[string(s)]; ok {
		return m.push(k)
	}
	if string(s) == m.split.key && len(s) > 0 {
		return m.push(splitKey)
	}
	m.words.add(m.here.pos, s)
	return m.push(text)
}

// mark marks a place in the stack.
func (m *machine) mark() error {
	if len(m.marks) == maxMarks {
		return fmt.Errorf("more than %d marks on the stack", maxMarks)
	}
	m.split.enter(m)
	m.marks = append(m.marks, len(m.stack))
	return m.push(mark)
}

// put enters the top of the stack in the memo. Python numbers the entries one after the other.
func (m *machine) put(i instruction) error {
	if i.code != opMemoize && i.number() != len(m.memo) {
		return fmt.Errorf("entry %d of the memo is not the next, %d", i.number(), len(m.memo))
	}
	if len(m.memo) == maxMemo {
		return fmt.Errorf("more than %d entries of the memo", maxMemo)
	}
	top, err := m.top(1)
	if err != nil {
		return err
	}
	if len(m.memo) == cap(m.memo) { // append alone would leave more copies behind
		m.memo = slices.Grow(m.memo, max(1<<10, len(m.memo)))
	}
	m.memo = append(m.memo, top[0].kind)
	m.here.memo = len(m.memo)
	return m.plan.take(memoMemory)
}

// take counts memory that the plan takes.
func (p *plan) take(bytes int64) error {
	if p.left -= bytes; p.left < 0 {
		return errors.New("the pickle takes too much memory for a file of this length")
	}
	return nil
}

// get fetches an entry of the memo.
func (m *machine) get(entry int) error {
	if entry >= len(m.memo) {
		return fmt.Errorf("the memo has no entry %d yet", entry)
	}
	if err := m.split.fetch(m, entry); err != nil {
		return err
	}
	k := m.memo[entry] &^ flags
	if k == list || k == dict || k == set {
		k = complete
	}
	return m.push(k)
}

// stop ends the pickle.
func (m *machine) stop() error {
	if len(m.stack) != 1 || len(m.marks) != 0 {
		return fmt.Errorf("%d objects are left on the stack", len(m.stack))
	}
	rest := m.here.memory - m.split.memory
	if most := min(m.limits.Memory, m.left-m.split.largest); rest > most {
		return fmt.Errorf("takes some %d bytes of memory, more than %d", rest, most)
	}
	return m.plan.take(rest + m.split.largest)
}

// top returns the n objects at the top of the stack, above the last mark.
func (m *machine) top(n int) ([]item, error) {
	floor := 0
	if len(m.marks) > 0 {
		floor = m.marks[len(m.marks)-1] + 1
	}
	if len(m.stack)-n < floor {
		return nil, errors.New("too few objects on the stack")
	}
	return m.stack[len(m.stack)-n:], nil
}
