package generator

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/searchspace"
)

// lstmNetwork is the network of an LSTM: where its parameters lie. It holds no values.
type lstmNetwork struct {
	parts  []searchspace.Part
	hidden int
	layout nn.Layout
	// The embedding has a row for the start, for each value of every part and kind, for each part and kind, and for each
	// place as the node and as the source of a decision.
	embedding      nn.Param
	nodes, sources int32 // the places' first rows
	kinds          [][numKinds]lstmKind
	layers         []lstmLayer
	read           nn.Linear // of a source's anchor and the state, with tanh behind it
	out            nn.Linear // to the logits of all parts and kinds, side by side
}

// numKinds is how many kinds of decisions there are.
const numKinds = int(searchspace.EdgeOp) + 1

// startRow is the embedding's row of the value before the first.
const startRow = 0

// lstmKind says what belongs to the decisions of one part and kind.
type lstmKind struct {
	count  int   // of values, from 0 on
	values int32 // the embedding's row of the first value
	row    int32 // the embedding's row of the kind itself
	column int   // of the first value's logit
}

func newLSTMNetwork(parts []searchspace.Part, c LSTMConfig) *lstmNetwork {
	net := &lstmNetwork{
		parts: parts, hidden: c.Hidden, kinds: make([][numKinds]lstmKind, len(parts)), layers: make([]lstmLayer, c.Layers),
	}
	rows, columns, places := int32(startRow+1), 0, 0
	for i, part := range parts {
		places = max(places, part.MaxNodes)
		for kind, count := range [numKinds]int{
			searchspace.NodeOp: len(part.NodeOps), searchspace.EdgePresence: 2, searchspace.EdgeOp: len(part.EdgeOps),
		} {
			net.kinds[i][kind] = lstmKind{count: count, values: rows, row: rows + int32(count), column: columns}
			rows += int32(count) + 1
			columns += count
		}
	}
	net.nodes, net.sources = rows, rows+int32(places)
	rows += 2 * int32(places)

	h, l := c.Hidden, &net.layout
	l.Matrix("embedding", int(rows), h, embeddingBound)
	net.embedding = l.Params[0]
	for i := range net.layers {
		net.layers[i].hidden = h
		net.layers[i].add(l, fmt.Sprintf("layers.%d", i))
	}
	net.read = nn.Linear{In: 2 * h, Out: h}
	net.read.Add(l, "read")
	net.out = nn.Linear{In: h, Out: columns}
	net.out.Add(l, "out")
	return net
}

// embeddingBound is how far embeddings start from zero.
const embeddingBound = 1

// check refuses a decision that the network cannot make: a Builder's fault.
func (net *lstmNetwork) check(d searchspace.Decision) error {
	if d.Part < 0 || d.Part >= len(net.parts) || int(d.Kind) >= numKinds {
		return fmt.Errorf("%v: %w: there is no such part or kind", d, searchspace.ErrInvalid)
	}
	lo, hi := 0, net.kinds[d.Part][d.Kind].count
	if d.Kind == searchspace.EdgeOp {
		lo = 1
	}
	return checkDecision(d, net.parts[d.Part].MaxNodes, lo, hi)
}

// embed writes the sum of each step's embeddings.
func (net *lstmNetwork) embed(inputs [4]int32, flat, x []float32) {
	clear(x)
	for _, row := range inputs {
		if row != noRow {
			addTo(x, net.embeddingRow(flat, row))
		}
	}
}

// embeddingRow returns a row of the embedding in flat parameters or gradients.
func (net *lstmNetwork) embeddingRow(flat []float32, row int32) []float32 {
	start := net.embedding.Offset + int(row)*net.hidden
	return flat[start : start+net.hidden]
}
