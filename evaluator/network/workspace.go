package network

import "github.com/graphpnas/graphpnas/internal/nn"

// Workspace is memory for passes. Networks that do not compute concurrently may share one, which then grows to the size that the
// largest of them needs. Results of a pass are valid until the next pass. The zero Workspace is ready to use. It is not safe for
// concurrent use.
type Workspace struct {
	memory     []float32
	used, most int
	grad       []float32
	pieces     [maxPieces]nn.Arena
}

// workspaceAlign is the alignment of allocations in float32 values, so that each begins on a new cache line.
const workspaceAlign = 16

// reset frees all allocations, and enlarges the memory if the last pass needed more. scratch is the scratch memory of a piece.
func (w *Workspace) reset(pieces, scratch int) {
	if w.most > len(w.memory) {
		w.memory = make([]float32, w.most)
	}
	w.used = 0
	for i := range pieces {
		w.pieces[i].Reserve(scratch)
	}
}

// gradient returns n values. The same memory is returned until a larger n is requested.
func (w *Workspace) gradient(n int) []float32 {
	if len(w.grad) < n {
		w.grad = make([]float32, n)
	}
	return w.grad[:n:n]
}

// take returns n values with arbitrary content.
func (w *Workspace) take(n int) []float32 {
	size := (n + workspaceAlign - 1) / workspaceAlign * workspaceAlign
	at := w.used
	w.used += size
	w.most = max(w.most, w.used)
	if w.used > len(w.memory) {
		return make([]float32, n)
	}
	return w.memory[at : at+n : at+n]
}
