package pickle

import "fmt"

// splitter finds the parts: the values of the dictionary under a key of the outermost one. While its values are being
// read it is not yet known which belongs to which key, so that what they fetch from the memo is judged afterwards.
type splitter struct {
	key    string
	mark   int   // the place in the stack of the mark above which the keys and values stand; -1: they do not now
	gets   []get // fetches since
	memory int64 // estimate of what all parts allocate

	largest  int64 // estimate of what the largest part allocates
	mostGets int   // the most that gets has held
}

// get is a fetch from the memo.
type get struct {
	pos   int64
	entry int32
}

// isSplit tells whether the object at a place in the stack is the dictionary to be split.
func (p *splitter) isSplit(m *machine, at int) bool {
	return at > 1 && len(m.marks) == 1 && m.marks[0] == 1 && m.stack[at].kind == dict && m.stack[at-1].kind == splitKey
}

// enter takes note of a mark that is about to be put on the stack.
func (p *splitter) enter(m *machine) {
	if p.isSplit(m, len(m.stack)-1) {
		p.mark = len(m.stack)
	}
}

// fetch takes note of a fetch from the memo.
func (p *splitter) fetch(m *machine, entry int) error {
	m.memo[entry] |= fetched
	if p.mark < 0 {
		m.memo[entry] |= shared
		return nil
	}
	if len(p.gets) == maxGets {
		return fmt.Errorf("more than %d fetches from the memo for a batch of %q", maxGets, p.key)
	}
	p.gets = append(p.gets, get{m.here.pos, int32(entry)})
	if len(p.gets) <= p.mostGets {
		return nil
	}
	p.mostGets = len(p.gets)
	return m.plan.take(getMemory)
}

// leave takes note of keys and values that have been taken into the dictionary, the mark above it being gone.
func (p *splitter) leave(m *machine, items []item) error {
	gets := p.gets
	for i := 1; i < len(items); i += 2 {
		last := m.here
		if i+1 < len(items) {
			last = items[i+1].place
		}
		if err := p.add(m, items[i-1].kind, part{items[i].place, last}); err != nil {
			return err
		}
		for ; len(gets) > 0 && gets[0].pos < last.pos; gets = gets[1:] {
			if g := gets[0]; g.pos < items[i].pos || int(g.entry) < items[i].memo {
				m.memo[g.entry] |= shared
			}
		}
	}
	p.mark, p.gets = -1, p.gets[:0]
	return nil
}

// single takes note of the one key and value that are about to be taken into a dictionary without a mark. What they
// fetched counts as shared.
func (p *splitter) single(m *machine) error {
	if at := len(m.stack) - 3; at > 0 && p.isSplit(m, at) {
		return p.add(m, m.stack[at+1].kind, part{m.stack[at+2].place, m.here})
	}
	return nil
}

// add adds a part under a key of a kind.
func (p *splitter) add(m *machine, key kind, found part) error {
	if !key.isPlain() {
		return fmt.Errorf("a key of %q is neither string nor number", p.key)
	}
	if len(m.parts) == maxParts {
		return fmt.Errorf("more than %d values of %q", maxParts, p.key)
	}
	memory := found.memory()
	if memory > m.limits.Memory {
		return fmt.Errorf("a value of %q takes some %d bytes of memory, more than %d", p.key, memory, m.limits.Memory)
	}
	p.memory += memory
	p.largest = max(p.largest, memory)
	m.parts = append(m.parts, found)
	return m.plan.take(partMemory)
}

// memory returns an estimate of what loading a part allocates.
func (p part) memory() int64 { return p.last.memory - p.first.memory }
