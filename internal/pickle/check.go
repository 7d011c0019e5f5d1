package pickle

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/graphpnas/graphpnas/internal/limit"
)

const (
	maxStack = 1 << 16 // objects on the stack; Python needs a few thousand, because it pushes up to 1,000 elements of a container
	maxMarks = 64      // marks on the stack, about the nesting depth of dictionaries
	maxMemo  = 1 << 28 // entries of the memo; the published single files have about 1.7e8
	maxParts = 1 << 20 // values of the split dictionary; the published single files have 15,625
	maxGets  = 1 << 22 // fetches while a batch of a split dictionary's values is read; Python's batches have 1,000
)

// plan is the result of checking a pickle that is safe to run.
type plan struct {
	memo  []kind // kinds of the objects in the memo, with flags
	parts []part // values of the split dictionary in file order
	// Positions of the marks that are followed by keys and floats for a dictionary; see
	// loader.readSeries.
	series []int64
	left   int64 // memory that this file may use in addition to the plan
}

// part is a value of the split dictionary.
type part struct {
	first, last place // its start and end
}

// place is a state of the machine.
type place struct {
	pos    int64 // bytes read
	memo   int   // entries in the memo
	memory int64 // estimate of the memory allocated so far
}

// Memory of an element of the lists of a plan and of a splitter in bytes, including the old copy
// while a list grows.
const (
	memoMemory   = 3 * 1
	seriesMemory = 3 * 8
	partMemory   = 3 * 48
	getMemory    = 3 * 16
)

// machine simulates a pickle with kinds instead of objects.
type machine struct {
	plan
	limits Limits
	here   place // before the current instruction
	stack  []item
	marks  []int // positions in the stack
	split  splitter
	words  words
}

// item is an object on the stack.
type item struct {
	kind  kind
	place // where its construction started
}

// check checks the pickle at the scanner's position. If the outermost dictionary has the key split,
// the values of the dictionary under it become parts.
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
			return nil, fmt.Errorf("byte %d: a pickle must begin with PROTO and contain no other", m.here.pos)
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

// step simulates an instruction.
func (m *machine) step(i instruction) error {
	switch i.code {
	case opProto:
		if v := i.number(); v < 2 || v > 5 {
			return fmt.Errorf("the protocol must be from 2 to 5, got %d", v)
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
		if n := len(i.argument()); n < 1 || n > strconv.IntSize/8 { // an int does not need more
			return fmt.Errorf("a number of %d bytes is not supported", n)
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

// push pushes an object on the stack.
func (m *machine) push(k kind) error {
	if len(m.stack) == maxStack {
		return fmt.Errorf("more than %d objects on the stack", maxStack)
	}
	m.stack = append(m.stack, item{k, m.here})
	return nil
}

// text pushes a string on the stack.
func (m *machine) text(s []byte) error {
	if k, ok := nameKinds[string(s)]; ok {
		return m.push(k)
	}
	if string(s) == m.split.key && len(s) > 0 {
		return m.push(splitKey)
	}
	if !utf8.Valid(s) {
		return errors.New("a string must be UTF-8")
	}
	m.words.add(m.here.pos, s)
	return m.push(text)
}

// mark pushes a mark on the stack.
func (m *machine) mark() error {
	if len(m.marks) == maxMarks {
		return fmt.Errorf("more than %d marks on the stack", maxMarks)
	}
	m.split.enter(m)
	m.marks = append(m.marks, len(m.stack))
	return m.push(mark)
}

// put stores the top of the stack in the memo. Python numbers the entries consecutively.
func (m *machine) put(i instruction) error {
	if i.code != opMemoize && i.number() != len(m.memo) {
		return fmt.Errorf("the memo entry must be %d, got %d", len(m.memo), i.number())
	}
	if len(m.memo) == maxMemo {
		return fmt.Errorf("more than %d memo entries", maxMemo)
	}
	top, err := m.top(1)
	if err != nil {
		return err
	}
	if len(m.memo) == cap(m.memo) { // append would leave more copies behind
		m.memo = slices.Grow(m.memo, max(1<<10, len(m.memo)))
	}
	m.memo = append(m.memo, top[0].kind)
	m.here.memo = len(m.memo)
	return m.plan.take(memoMemory)
}

// take counts memory used by the plan.
func (p *plan) take(bytes int64) error {
	if p.left -= bytes; p.left < 0 {
		return errors.New("the pickle needs too much memory for a file of this length")
	}
	return nil
}

// get fetches an entry of the memo.
func (m *machine) get(entry int) error {
	if entry >= len(m.memo) {
		return fmt.Errorf("there is no memo entry %d yet", entry)
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
		return fmt.Errorf("there must be 1 object left on the stack, got %d", len(m.stack))
	}
	rest := m.here.memory - m.split.memory
	if most := min(m.limits.Memory, m.left-m.split.largest); rest > most {
		return fmt.Errorf("needs about %d bytes of memory, more than %d", rest, most)
	}
	return m.plan.take(rest + m.split.largest)
}

// top returns the top n objects of the stack, which must be above the last mark.
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
