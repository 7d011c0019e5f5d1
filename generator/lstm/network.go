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
	// The embedding has rows for the start, for each value of every part and kind, for each part and
	// kind, for each node, and for each source of an edge.
	embedding      nn.Param
	nodes, sources int32    // first rows of the nodes and sources
	kinds          [][]kind // kinds of each part; see kindOf
	layers         []layer
	read           nn.Linear // reads a source's anchor and the state; followed by tanh
	out            nn.Linear // to the logits of all parts and kinds, side by side
}

// startRow is the row of the embedding that replaces the previous value in the first decision.
const startRow = 0

// kind describes the decisions of one part and kind. Every field is a separate kind.
type kind struct {
	values int32 // row of the embedding of the first value
	row    int32 // row of the embedding of the kind itself
	column int   // column of the first value's logit
}

func newNetwork(parts []searchspace.Part, c Config) *network {
	net := &network{parts: parts, hidden: c.Hidden, kinds: make([][]kind, len(parts)), layers: make([]layer, c.Layers)}
	rows, columns, maxNodes := int32(startRow+1), 0, 0
	for i, part := range parts {
		maxNodes = max(maxNodes, part.MaxNodes)
		for _, count := range counts(part) {
			net.kinds[i] = append(net.kinds[i], kind{values: rows, row: rows + int32(count), column: columns})
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

// counts returns the number of values of each kind of decision about a part: operations of nodes,
// edges, operations of edges, and then each field of nodes and of edges.
func counts(part searchspace.Part) []int {
	list := []int{searchspace.NodeOp: len(part.NodeOps), searchspace.EdgePresence: 2, searchspace.EdgeOp: len(part.EdgeOps)}
	for _, fields := range [][]searchspace.Field{part.NodeFields, part.EdgeFields} {
		for _, f := range fields {
			list = append(list, len(f.Values))
		}
	}
	return list
}

// kindOf returns the kind of a valid decision.
func (net *network) kindOf(d searchspace.Decision) *kind {
	i := int(d.Kind)
	switch d.Kind {
	case searchspace.NodeField:
		i = int(searchspace.EdgeOp) + 1 + d.Field
	case searchspace.EdgeField:
		i = int(searchspace.EdgeOp) + 1 + len(net.parts[d.Part].NodeFields) + d.Field
	}
	return &net.kinds[d.Part][i]
}

// hasSource reports whether decisions of a kind are about edges.
func hasSource(k searchspace.Kind) bool { return k != searchspace.NodeOp && k != searchspace.NodeField }

// check returns an error if a Builder offers a decision that the network cannot make.
func (net *network) check(d searchspace.Decision) error {
	if d.Part < 0 || d.Part >= len(net.parts) {
		return fmt.Errorf("%v: %w: the space has no such part", d, searchspace.ErrInvalid)
	}
	return decode.CheckDecision(&net.parts[d.Part], d)
}

// embed writes the sum of each step's embeddings to x.
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
