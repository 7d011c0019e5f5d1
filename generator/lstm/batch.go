package lstm

import (
	"cmp"
	"slices"
)

// batch holds sequences in the layout for a pass: the first steps of all sequences, then the second
// steps, and so on. Each sequence keeps its slot. Longer sequences come first, so at every step the
// remaining sequences occupy the first slots.
type batch struct {
	sequences [][]step
	start     []int // first row of each step, followed by the number of rows
}

// pack lays out sequences. It returns the index of the sequence in each slot.
func (b *batch) pack(sequences [][]step) (order []int) {
	order = make([]int, len(sequences))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(len(sequences[j]), len(sequences[i])) })
	b.sequences, b.start = b.sequences[:0], append(b.start[:0], 0)
	for _, i := range order {
		b.sequences = append(b.sequences, sequences[i])
	}
	going := len(order)
	for t := 0; going > 0; t++ {
		for going > 0 && len(b.sequences[going-1]) == t {
			going--
		}
		if going > 0 {
			b.start = append(b.start, b.start[t]+going)
		}
	}
	return order
}

// steps returns the length of the longest sequence.
func (b *batch) steps() int { return len(b.start) - 1 }

// nonEmpty returns the number of sequences that have a first step. In some spaces there is nothing
// to decide.
func (b *batch) nonEmpty() int { return b.start[min(1, b.steps())] }

// rows returns the total number of steps of all sequences.
func (b *batch) rows() int { return b.start[b.steps()] }

// each calls visit for every row.
func (b *batch) each(visit func(row, slot int, s *step)) {
	for t := range b.steps() {
		for slot := range b.start[t+1] - b.start[t] {
			visit(b.start[t]+slot, slot, &b.sequences[slot][t])
		}
	}
}
