package lstm

import (
	"fmt"

	"github.com/graphpnas/graphpnas/generator/internal/decode"
	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/searchspace"
)

// network describes the network and the layout of its parameters. It holds no values.
type network struct {
	parts  []searchspace.Part
	hidden int
	layout nn.Layout
	// The embedding has rows for the start, for each value of every part and kind, for each part and kind, for each node, and
	// for each source of an edge.
	embedding      nn.Param
	nodes, sources int32 // first rows of the nodes and sources
	kinds          [][numKinds]kind
	layers         []layer
	read           nn.Linear // of a source's anchor and the state, followed by tanh
	out            nn.Linear // to the logits of all parts and kinds, side by side
}

// numKinds is the number of kinds of decisions.
const numKinds = int(searchspace.EdgeOp) + 1

// startRow is the embedding's row of the value before the first.
const startRow = 0

// kind describes the decisions of one part and kind.
type kind struct {
	count  int   // of values, from 0 on
	values int32 // the embedding's row of the first value
	row    int32 // the embedding's row of the kind itself
	column int   // of the first value's logit
}

func newNetwork(parts []searchspace.Part, c Config) *network {
	net := &network{
		parts: parts, hidden: c.Hidden, kinds: make([][numKinds]kind, len(parts)), layers: make([]layer, c.Layers),
	}
	rows, columns, maxNodes := int32(startRow+1), 0, 0
	for i, part := range parts {
		maxNodes = max(maxNodes, part.MaxNodes)
		for k, count := range [numKinds]int{
			searchspace.NodeOp: len(part.NodeOps), searchspace.EdgePresence: 2, searchspace.EdgeOp: len(part.EdgeOps),
		} {
			net.kinds[i][k] = kind{count: count, values: rows, row: rows + int32(count), column: columns}
			rows += int32(count) + 1
			columns += count
		}
	}
	net.nodes, net.sources = rows, rows+int32(maxNodes)
	rows += 2 * int32(maxNodes)

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

// embeddingBound bounds the initial embeddings.
const embeddingBound = 1

// check returns an error if a Builder offers a decision that the network cannot make.
func (net *network) check(d searchspace.Decision) error {
	if d.Part < 0 || d.Part >= len(net.parts) || int(d.Kind) >= numKinds {
		return fmt.Errorf("%v: %w: the space has no such part or kind", d, searchspace.ErrInvalid)
	}
	lo, hi := 0, net.kinds[d.Part][d.Kind].count
	if d.Kind == searchspace.EdgeOp {
		lo = 1
	}
	return decode.CheckDecision(d, net.parts[d.Part].MaxNodes, lo, hi)
}

// embed writes the sum of each step's embeddings.
func (net *network) embed(inputs [4]int32, flat, x []float32) {
	clear(x)
	for _, row := range inputs {
		if row != noRow {
			addTo(x, net.embeddingRow(flat, row))
		}
	}
}

// embeddingRow returns a row of the embedding in flat parameters or gradients.
func (net *network) embeddingRow(flat []float32, row int32) []float32 {
	start := net.embedding.Offset + int(row)*net.hidden
	return flat[start : start+net.hidden]
}
