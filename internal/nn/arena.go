package nn

// Arena allocates scratch memory that is valid until the next Reset. It keeps its memory, so it
// does not allocate after the first passes. The zero Arena is ready to use. It is not safe for
// concurrent use.
type Arena struct {
	blocks [][]float32
	block  int // index of the current block
	used   int // number of values used in the current block
}

const (
	// arenaAlign aligns every piece to cache lines. It is the size of a line in float32 values.
	arenaAlign = 16
	// Blocks double in size from the smallest to the largest, so that small networks stay in cache
	// and large ones need few blocks. A piece larger than that has its own block.
	smallestBlock, largestBlock = 1 << 14, 1 << 20
)

// Space returns the number of arena values that pieces of the given sizes take together.
func Space(pieces ...int) (n int) {
	for _, size := range pieces {
		n += (size + arenaAlign - 1) / arenaAlign * arenaAlign
	}
	return n
}

// Reserve resets the arena and allocates the given Space in one block, so that the arena does not
// need more.
func (a *Arena) Reserve(space int) {
	if len(a.blocks) == 0 || len(a.blocks[0]) < space {
		a.blocks = nil
	}
	if a.blocks == nil && space > 0 {
		a.blocks = [][]float32{make([]float32, space)}
	}
	a.Reset()
}

// Len returns the number of values in the arena, used or not.
func (a *Arena) Len() (n int) {
	for _, block := range a.blocks {
		n += len(block)
	}
	return n
}

// Take returns n values with arbitrary contents.
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

// Mark is a position to Release the arena to.
type Mark struct{ block, used int }

// Mark returns the current position.
func (a *Arena) Mark() Mark { return Mark{a.block, a.used} }

// Release frees the pieces allocated since the mark.
func (a *Arena) Release(m Mark) { a.block, a.used = m.block, m.used }

// Reset frees all pieces. They must not be used afterwards.
func (a *Arena) Reset() { a.block, a.used = 0, 0 }
