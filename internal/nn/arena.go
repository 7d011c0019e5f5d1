package nn

// Arena hands out scratch memory that lives until the next Reset. After the first few uses it has grown to what a pass
// needs and allocates no more. The zero Arena is ready. It is not safe for concurrent use.
type Arena struct {
	block []float32
	used  int
	spent int // handed out from blocks that were too small and have been left to the collector
}

// arenaAlign keeps every piece on a cache line of its own, in float32 values.
const arenaAlign = 16

// Take returns n values whose content is arbitrary.
func (a *Arena) Take(n int) []float32 {
	size := (n + arenaAlign - 1) / arenaAlign * arenaAlign
	if a.used+size > len(a.block) {
		a.spent += a.used
		a.block = make([]float32, max(size, 2*len(a.block), 1<<14))
		a.used = 0
	}
	piece := a.block[a.used : a.used+n : a.used+n]
	a.used += size
	return piece
}

// Zeros returns n zeros.
func (a *Arena) Zeros(n int) []float32 {
	piece := a.Take(n)
	clear(piece)
	return piece
}

// Reset takes all pieces back. None of them may be used after it.
func (a *Arena) Reset() {
	if a.spent > 0 {
		a.block = make([]float32, a.spent+a.used)
		a.spent = 0
	}
	a.used = 0
}
