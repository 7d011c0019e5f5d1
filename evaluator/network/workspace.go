package network

import "github.com/graphpnas/graphpnas/internal/nn"

// Workspace is the memory of passes. Networks that do not compute at the same time may share one, which is then as
// large as the largest of them needs; a result lives until the next pass. The zero Workspace is ready. It is not safe for
// concurrent use.
type Workspace struct {
	memory     []float32
	used, most int
	grad       []float32
	pieces     [maxPieces]nn.Arena
}

// workspaceAlign keeps what is taken on a cache line of its own, in float32 values.
const workspaceAlign = 16

// reset takes all memory back, and makes it as large as it should have been. Each piece has so much scratch memory.
func (w *Workspace) reset(pieces, scratch int) {
	if w.most > len(w.memory) {
		w.memory = make([]float32, w.most)
	}
	w.used = 0
	for i := range pieces {
		w.pieces[i].Reserve(scratch)
	}
}

// gradient returns n values that are the same until more of them are asked for.
func (w *Workspace) gradient(n int) []float32 {
	if len(w.grad) < n {
		w.grad = make([]float32, n)
	}
	return w.grad[:n:n]
}

// take returns n values whose content is arbitrary.
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
