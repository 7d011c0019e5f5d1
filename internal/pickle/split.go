package pickle

import "fmt"

// splitter finds the parts: the values of the dictionary under a key of the outermost one. While
// the values are being read, it is not yet known which value belongs to which key, so their fetches
// from the memo are attributed afterwards.
type splitter struct {
	key    string
	mark   int   // stack position of the mark below the keys and values; -1 if there is none now
	gets   []get // fetches since the mark
	memory int64 // estimate of the memory of all parts

	largest  int64 // estimate of the memory of the largest part
	mostGets int   // largest length of gets
}

// get is a fetch from the memo.
type get struct {
	pos   int64
	entry int32
}

// isSplit reports whether the object at a stack position is the dictionary to split.
func (p *splitter) isSplit(m *machine, at int) bool {
	return at > 1 && len(m.marks) == 1 && m.marks[0] == 1 && m.stack[at].kind == dict && m.stack[at-1].kind == splitKey
}

// enter records a mark that is about to be pushed.
func (p *splitter) enter(m *machine) {
	if p.isSplit(m, len(m.stack)-1) {
		p.mark = len(m.stack)
	}
}

// fetch records a fetch from the memo.
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

// leave records keys and values that were added to the dictionary, after their mark was removed.
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

// single records a key and a value that are about to be added to a dictionary without a mark. Their
// fetches count as shared.
func (p *splitter) single(m *machine) error {
	if at := len(m.stack) - 3; at > 0 && p.isSplit(m, at) {
		return p.add(m, m.stack[at+1].kind, part{m.stack[at+2].place, m.here})
	}
	return nil
}

// add adds a part under a key of the given kind.
func (p *splitter) add(m *machine, key kind, found part) error {
	if !key.isPlain() {
		return fmt.Errorf("the keys of %q must be strings or numbers", p.key)
	}
	if len(m.parts) == maxParts {
		return fmt.Errorf("more than %d values of %q", maxParts, p.key)
	}
	memory := found.memory()
	if memory > m.limits.Memory {
		return fmt.Errorf("a value of %q needs about %d bytes of memory, more than %d", p.key, memory, m.limits.Memory)
	}
	p.memory += memory
	p.largest = max(p.largest, memory)
	m.parts = append(m.parts, found)
	return m.plan.take(partMemory)
}

// memory returns an estimate of the memory to load a part.
func (p part) memory() int64 { return p.last.memory - p.first.memory }
