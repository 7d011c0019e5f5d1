package nn

// Arena hands out scratch memory that lives until the next Reset. It keeps what it has, so that after the first passes it
// allocates no more. The zero Arena is ready. It is not safe for concurrent use.
type Arena struct {
	blocks [][]float32
	block  int // the one that is handed out from
	used   int // of that block
}

const (
	// arenaAlign keeps every piece on a cache line of its own, in float32 values.
	arenaAlign = 16
	// Blocks double in size from the smallest to the largest, for small networks to stay in cache and large ones to need
	// few; a piece that is larger still has a block of its own.
	smallestBlock, largestBlock = 1 << 14, 1 << 20
)

// Space is how many values of an arena pieces of so many take together.
func Space(pieces ...int) (n int) {
	for _, size := range pieces {
		n += (size + arenaAlign - 1) / arenaAlign * arenaAlign
	}
	return n
}

// Reserve takes all pieces back and has pieces of so much Space come from one block, so that the arena has no more than
// that.
func (a *Arena) Reserve(space int) {
	if len(a.blocks) == 0 || len(a.blocks[0]) < space {
		a.blocks = nil
	}
	if a.blocks == nil && space > 0 {
		a.blocks = [][]float32{make([]float32, space)}
	}
	a.Reset()
}

// Len is how many values the arena has, handed out or not.
func (a *Arena) Len() (n int) {
	for _, block := range a.blocks {
		n += len(block)
	}
	return n
}

// Take returns n values whose content is arbitrary.
func (a *Arena) Take(n int) []float32 {
	size := Space(n)
	for a.block < len(a.blocks) && a.used+size > len(a.blocks[a.block]) {
		a.block++
		a.used = 0
	}
	if a.block == len(a.blocks) {
		next := smallestBlock
		if a.block > 0 {
			next = min(2*len(a.blocks[a.block-1]), largestBlock)
		}
		a.blocks = append(a.blocks, make([]float32, max(size, next)))
	}
	piece := a.blocks[a.block][a.used : a.used+n : a.used+n]
	a.used += size
	return piece
}

// Zeros returns n zeros.
func (a *Arena) Zeros(n int) []float32 {
	piece := a.Take(n)
	clear(piece)
	return piece
}

// Mark is a place to Release the arena to.
type Mark struct{ block, used int }

// Mark returns the present place.
func (a *Arena) Mark() Mark { return Mark{a.block, a.used} }

// Release takes back the pieces handed out since the mark.
func (a *Arena) Release(m Mark) { a.block, a.used = m.block, m.used }

// Reset takes all pieces back. None of them may be used after it.
func (a *Arena) Reset() { a.block, a.used = 0, 0 }
