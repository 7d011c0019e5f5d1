package pickle

import (
	"errors"
	"fmt"
	"strings"
)

// combine simulates an instruction that takes objects from the stack or names a class.
func (m *machine) combine(i instruction) error {
	switch i.code {
	case opTuple1:
		return m.replace(tuple, anything)
	case opTuple2:
		return m.replace(tuple, anything, anything)
	case opTuple3:
		return m.replace(tuple, anything, anything, anything)
	case opAppend:
		return m.replace(list, list.is, anything)
	case opSetItem:
		if err := m.split.single(m); err != nil {
			return err
		}
		return m.replace(dict, dict.is, anything, anything)
	case opBuild:
		return m.replace(dtype, dtype.is, kind.isTuple)
	case opTuple:
		items, err := m.popMark()
		if err != nil {
			return err
		}
		m.stack = append(m.stack, item{kind: tuple, place: items[0].place})
		return nil
	case opAppends:
		_, err := m.fill(list)
		return err
	case opAddItems:
		_, err := m.fill(set)
		return err
	case opSetItems:
		return m.setItems()
	case opGlobal:
		module, name, _ := strings.Cut(strings.TrimSuffix(string(i.argument()), "\n"), "\n")
		return m.pushClass(module, name)
	case opStackGlobal:
		return m.stackGlobal()
	case opReduce:
		return m.reduce()
	default:
		return errors.New("unknown instruction")
	}
}

// replace replaces objects on the stack, each of which must be accepted by the corresponding
// function, by one object.
func (m *machine) replace(with kind, accept ...func(kind) bool) error {
	items, err := m.top(len(accept))
	if err != nil {
		return err
	}
	for i, ok := range accept {
		if !ok(items[i].kind) {
			return fmt.Errorf("operand %d has the wrong kind", i+1)
		}
	}
	m.stack = m.stack[:len(m.stack)-len(items)+1]
	items[0].kind = with
	return nil
}

func anything(kind) bool { return true }

// is reports whether two kinds are equal.
func (k kind) is(other kind) bool { return k == other }

// popMark removes the last mark and everything above it from the stack, and returns them, the mark
// first.
func (m *machine) popMark() ([]item, error) {
	if len(m.marks) == 0 {
		return nil, errors.New("no mark on the stack")
	}
	at := m.marks[len(m.marks)-1]
	items := m.stack[at:]
	m.marks, m.stack = m.marks[:len(m.marks)-1], m.stack[:at]
	return items, nil
}

// fill removes the last mark and everything above it, adds the latter to the container below, and
// returns them.
func (m *machine) fill(container kind) ([]item, error) {
	items, err := m.popMark()
	if err != nil {
		return nil, err
	}
	top, err := m.top(1)
	if err != nil {
		return nil, err
	}
	if top[0].kind != container {
		return nil, errors.New("the container has the wrong kind")
	}
	return items, nil
}

// setItems adds keys and values to a dictionary.
func (m *machine) setItems() error {
	items, err := m.fill(dict)
	if err != nil {
		return err
	}
	if len(items)%2 != 1 {
		return errors.New("a key has no value")
	}
	if m.split.mark == len(m.stack) {
		return m.split.leave(m, items[1:])
	}
	if isSeries(items[1:]) {
		m.series = append(m.series, items[0].pos)
		return m.plan.take(seriesMemory)
	}
	return nil
}

// isSeries reports whether there are keys and values, all keys are strings or ints, and all values
// are floats.
func isSeries(items []item) bool {
	for i := 0; i < len(items); i += 2 {
		if !items[i].kind.isPlain() || items[i+1].kind != number {
			return false
		}
	}
	return len(items) > 0
}

// pushClass pushes a class on the stack.
func (m *machine) pushClass(module, name string) error {
	k, err := classKind(module, name)
	if err != nil {
		return err
	}
	return m.push(k)
}

// stackGlobal replaces a module and a name by the class.
func (m *machine) stackGlobal() error {
	items, err := m.top(2)
	if err != nil {
		return err
	}
	k, err := classKind(m.words.of(items[0]), m.words.of(items[1]))
	if err != nil {
		return err
	}
	return m.replace(k, kind.isText, kind.isText)
}

// reduce replaces a class and its arguments by the result of the call.
func (m *machine) reduce() error {
	items, err := m.top(2)
	if err != nil {
		return err
	}
	if items[0].kind < firstClass {
		return errors.New("the called object must be a class")
	}
	c := classes[items[0].kind-firstClass]
	return m.replace(c.makes, anything, c.takes)
}

// words holds the last two strings that were read and are not in names, for error messages about
// classes.
type words [2]struct {
	pos  int64
	text []byte
}

// add adds a string read at a position in the file.
func (w *words) add(pos int64, text []byte) {
	w[0], w[1] = w[1], w[0]
	w[1].pos, w[1].text = pos, append(w[1].text[:0], text...)
}

// of returns the string of an item, if it is known.
func (w *words) of(it item) string {
	if it.kind.isName() {
		return it.kind.name()
	}
	for _, word := range w {
		if word.pos == it.pos && len(word.text) > 0 {
			return string(word.text)
		}
	}
	return "?"
}
