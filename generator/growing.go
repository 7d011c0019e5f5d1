package generator

import (
	"runtime"

	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/parallel"
)

// growing is a set of drafts of the causal form while a part is made: it keeps what their settled nodes contribute to
// later ones, so that each node is computed once. Rows are numbered node·drafts + draft; the nodes that ask take those of
// a node after the last.
type growing struct {
	net      *network
	flat     []float32
	drafts   []*draft
	settled  int         // nodes whose rows are there
	products [][]float32 // of each layer
	heads    []float32   // the pair heads' first layers
	pass     *pass
	steps    unrolled // what the heads read
	from, to []int32
	class    []int32
}

// growingBytes is about how much memory the rows of the drafts that are made side by side may take.
const growingBytes = 64 << 20

// perDraft is how many values growing keeps of one draft.
func (net *network) perDraft() int {
	wide := net.pairs.first.Out
	for i := range net.layers {
		wide += net.layers[i].ProductWidth()
	}
	return wide * (net.part.MaxNodes + 1)
}

// keeper runs the causal form for drafts that are made from the first node to the last without branching.
type keeper struct {
	g      *GRAN
	drafts []*draft
	part   int
	pieces []*growing
}

// look runs the network for the given node of every active draft. The choices live until the next call.
func (k *keeper) look(part, node int, _ []*draft) (release func()) {
	if k.pieces == nil || k.part != part {
		k.begin(part)
	}
	parallel.Do(len(k.pieces), func(i int) { k.pieces[i].look(part, node, k.g.temperature) })
	return func() {}
}

// begin shares the drafts out. How many share a pass does not change what they compute, only how fast.
func (k *keeper) begin(part int) {
	k.end()
	net, n := k.g.nets[part], len(k.drafts)
	k.part, k.pieces = part, make([]*growing, min(runtime.GOMAXPROCS(0), n))
	for i := range k.pieces {
		w := &growing{net: net, flat: k.g.params[part], pass: k.g.passes.get()}
		w.drafts = k.drafts[i*n/len(k.pieces) : (i+1)*n/len(k.pieces)]
		rows := len(w.drafts) * (net.part.MaxNodes + 1)
		w.heads = make([]float32, rows*net.pairs.first.Out)
		for l := range net.layers {
			w.products = append(w.products, make([]float32, rows*net.layers[l].ProductWidth()))
		}
		k.pieces[i] = w
	}
}

// end gives the passes back.
func (k *keeper) end() {
	for _, w := range k.pieces {
		k.g.passes.put(w.pass)
	}
	k.pieces = nil
}

// look settles the nodes before the given one and lets it ask, in the drafts that are at it.
func (w *growing) look(part, node int, temperature float64) {
	var slots []int
	for slot, d := range w.drafts {
		if _, ok := d.atNode(part, node); ok {
			slots = append(slots, slot)
		}
	}
	if len(slots) == 0 {
		return
	}
	w.pass.arena.Reset()
	for ; w.settled < node; w.settled++ {
		w.settle(w.settled, slots)
	}
	z := w.ask(node, slots)
	for s, slot := range slots {
		w.drafts[slot].choices = newChoices(w.net, stepLogits(w.net, z, s, node), temperature)
	}
}

func (w *growing) row(node, slot int) int32 { return int32(node*len(w.drafts) + slot) }

// settle computes the rows of a node whose decisions are made.
func (w *growing) settle(node int, slots []int) {
	rows := make([][2]int32, len(w.drafts)) // those of drafts that have ended are of no meaning
	w.from, w.to, w.class = w.from[:0], w.to[:0], w.class[:0]
	for _, slot := range slots {
		d := w.drafts[slot]
		rows[slot] = w.net.settledRows(node, d.ops)
		for j := range node {
			if label := d.edges[triangle(node)+j]; label != 0 {
				w.from, w.to = append(w.from, w.row(j, slot)), append(w.to, w.row(node, slot))
				w.class = append(w.class, w.net.settledClass(label))
			}
		}
	}
	w.extend(node, node, rows)
}

// ask computes the logits of a node's decisions, a step for each slot.
func (w *growing) ask(node int, slots []int) logits {
	last := w.net.part.MaxNodes
	rows := make([][2]int32, len(w.drafts))
	w.from, w.to, w.class = w.from[:0], w.to[:0], w.class[:0]
	u := &w.steps
	u.pairFrom, u.pairTo, u.pairClass, u.newNode = u.pairFrom[:0], u.pairTo[:0], u.pairClass[:0], u.newNode[:0]
	for _, slot := range slots {
		rows[slot] = w.net.askingRows(node)
		asking := w.row(last, slot)
		for j := range node {
			w.from, w.to, w.class = append(w.from, w.row(j, slot)), append(w.to, asking), append(w.class, classToNew)
			u.pair(asking, w.row(j, slot))
		}
		u.pair(asking, asking)
		u.newNode = append(u.newNode, int32(slot))
	}
	return w.pass.headsOf(w.net, w.flat, u, w.extend(last, node, rows), w.heads)
}

// extend runs the layers for one node of every draft, at the given place, and returns its final states. It leaves the
// rows of the node behind.
func (w *growing) extend(node, place int, embeddings [][2]int32) []float32 {
	net, arena := w.net, &w.pass.arena
	n, row := net.hidden, node*len(w.drafts)
	h := arena.Take(len(w.drafts) * n)
	net.embed(embeddings, w.flat, h)
	for i := range net.layers {
		if i > 0 {
			f32.ReLU(h, h)
		}
		h = net.layers[i].Extend(h, place, w.products[i], row, w.from, w.to, w.class, w.flat, arena)
	}
	wide := net.pairs.first.Out
	f32.Gemm(false, false, len(w.drafts), wide, n, 1, h, n, net.pairs.first.Weight(w.flat), wide, 0, w.heads[row*wide:], wide)
	return h
}
