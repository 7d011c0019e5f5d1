package bayes

// places is a hash table of the positions of walks in a list. Unlike a map, it is cleared in
// constant time. Ids are already hashes, so their lowest bits select the slot.
type places struct {
	slots []slot // their number is a power of two, at least twice the number taken
	taken int
	round uint32 // only slots taken in this round count
}

type slot struct {
	id    uint64
	place int32
	round uint32
}

// clear removes all walks.
func (p *places) clear() {
	p.taken = 0
	if p.round++; p.round == 0 || p.slots == nil {
		p.slots, p.round = make([]slot, max(16, len(p.slots))), 1
	}
}

// add adds a count to that of the same walk in the list, or appends it.
func (p *places) add(list []walkCount, w walkCount) []walkCount {
	s := p.find(w.id)
	if s.round == p.round {
		list[s.place].count += w.count
		return list
	}
	*s = slot{w.id, int32(len(list)), p.round}
	if p.taken++; 2*p.taken > len(p.slots) {
		p.grow()
	}
	return append(list, w)
}

// find returns the slot of a walk, or the free slot for it.
func (p *places) find(id uint64) *slot {
	mask := uint64(len(p.slots) - 1)
	for i := id & mask; ; i = (i + 1) & mask {
		if s := &p.slots[i]; s.round != p.round || s.id == id {
			return s
		}
	}
}

// grow doubles the number of slots.
func (p *places) grow() {
	old := p.slots
	p.slots = make([]slot, 2*len(old))
	for _, s := range old {
		if s.round == p.round {
			*p.find(s.id) = s
		}
	}
}
