package gran

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/searchspace"
)

// network describes the graph network of one part of a space and the layout of its parameters. It
// holds no values.
type network struct {
	part       searchspace.Part
	form       Form
	chained    bool  // whether the part is a chain
	chain      bool  // whether it is a chain without edge operations in the causal form: nodes have one state, and there are no pair heads
	radix      int   // radix of the message distances in a chain
	strides    []int // in a chain, the stride of each layer
	hidden     int
	components int
	nodeLabels int // 0 if nodes have no labels
	edgeLabels int // 0 if edges have no labels
	layout     nn.Layout
	// In the paper's form, input maps an adjacency row to Hidden−N values. In the causal form, its
	// rows are embeddings: of the positions, of being new (except in a chain) and, from row carried
	// on, of the decisions about a node except its edges and their operations.
	input   nn.Linear
	carried int
	layers  []nn.Propagation // with ReLU between them
	pairs   pairHeads        // θ and α, and ψ in the paper's form
	label   []nn.Linear      // φ of h_t in the paper's form; none if nodes have no labels
	// Value heads are for fields in the paper's form, and for operations and fields in the causal
	// form. They are nil if there are none.
	nodeValues, edgeValues *valueHead
	// In the causal form, embeddings is the offset of the embeddings of decisions in contexts.
	decided    decided
	embeddings int
	summary    *summary // nil if the summary is always empty
}

// pairHeads are MLPs of three linear layers on h_t − h_j. Their first layers read the same input
// and form one matrix, which multiplies the state of each node before the difference is taken.
type pairHeads struct {
	first  nn.Linear // without ReLU, which is applied to the difference
	second []nn.Linear
	third  []nn.Linear
}

// The pair heads in order. ψ exists only in the paper's form and if edges have labels.
const (
	headTheta = iota
	headAlpha
	headPsi
)

// newNetwork returns the network of the last of the given parts.
func newNetwork(parts []searchspace.Part, c Config) (*network, error) {
	part := parts[len(parts)-1]
	net := &network{
		part: part, form: c.Form, hidden: c.Hidden, components: c.Components, chained: part.Chained(),
		chain:      c.Form == CausalForm && part.Chained() && len(part.EdgeOps) == 0,
		nodeLabels: len(part.NodeOps), edgeLabels: len(part.EdgeOps),
		layers: make([]nn.Propagation, c.Layers),
	}
	if c.Form == CausalForm {
		net.addCausalLayers(c)
		net.addCausalHeads(parts)
		return net, nil
	}
	if err := net.addPaperLayers(c); err != nil {
		return nil, err
	}
	net.addPaperHeads()
	return net, nil
}

func (net *network) addPaperLayers(c Config) error {
	n, labels := net.part.MaxNodes, net.edgeLabels
	flags := c.Hidden - n - labels
	if c.Hidden-n < 1 || flags < 3 {
		return fmt.Errorf("part %q: %w: it must be at least %d for %d nodes and %d edge operations, got %d",
			net.part.Name, ErrWidth, n+labels+3, n, labels, c.Hidden)
	}
	net.input = nn.Linear{In: n, Out: c.Hidden - n}
	net.input.Add(&net.layout, "input")
	net.addLayers(nn.Propagation{
		Hidden: c.Hidden, Attention: c.Attention, Features: c.Hidden - n, Positions: n, Classes: edgeClasses(flags, labels),
	})
	return nil
}

func (net *network) addCausalLayers(c Config) {
	net.decided = newDecided(net.part)
	net.carried = net.part.MaxNodes
	classes := 1
	if net.chain {
		net.setStrides()
	} else {
		net.carried++
		classes = classOld + max(net.edgeLabels, 1)
	}
	net.input = nn.Linear{In: net.carried + net.decided.edges, Out: c.Hidden}
	net.input.AddWithin(&net.layout, "input", embeddingBound)
	net.addLayers(nn.Propagation{
		Hidden: c.Hidden, Gated: largePart(net.part), Attention: c.Attention,
		Features: classes, Positions: net.part.MaxNodes, Classes: oneHotClasses(classes),
	})
}

// addLayers makes all layers like the given one.
func (net *network) addLayers(layer nn.Propagation) {
	for i := range net.layers {
		net.layers[i] = layer
		net.layers[i].Add(&net.layout, fmt.Sprintf("layers.%d", i))
	}
}

// embeddingBound bounds the initial embeddings, which start as large as the paper's one-hot
// positions.
const embeddingBound = 1

func (net *network) addPaperHeads() {
	names, outs := []string{"theta", "alpha"}, []int{net.components, net.components}
	if net.edgeLabels > 0 {
		names, outs = append(names, "psi"), append(outs, net.edgeLabels)
	}
	net.addPairHeads(names, outs)
	h := net.hidden
	if net.nodeLabels > 0 {
		net.label = []nn.Linear{{In: h, Out: h, ReLU: true}, {In: h, Out: h, ReLU: true}, {In: h, Out: net.nodeLabels}}
		for i := range net.label {
			net.label[i].Add(&net.layout, fmt.Sprintf("phi.%d", 2*i))
		}
	}
	net.nodeValues = net.newFieldHead("node_fields", net.part.NodeFields, net.part.NodeOps)
	net.edgeValues = net.newFieldHead("edge_fields", net.part.EdgeFields, net.part.EdgeOps)
}

func (net *network) addCausalHeads(parts []searchspace.Part) {
	if !net.chain {
		net.addPairHeads([]string{"theta", "alpha"}, []int{net.components, net.components})
	}
	net.nodeValues = net.newHead("node", net.part.NodeOps, net.part.NodeFields)
	net.edgeValues = net.newHead("edge", net.part.EdgeOps, net.part.EdgeFields)
	net.embeddings = net.layout.Matrix("decided.weight", net.decided.rows, net.hidden, embeddingBound)
	net.summary = newSummary(parts, net.hidden, &net.layout)
}

// addPairHeads adds heads with the given names and numbers of logits.
func (net *network) addPairHeads(names []string, outs []int) {
	h := net.hidden
	net.pairs.first = nn.Linear{In: h, Out: h * len(names)}
	net.pairs.first.Add(&net.layout, "pairs.0")
	for i, name := range names {
		second, third := nn.Linear{In: h, Out: h, ReLU: true, Sparse: true}, nn.Linear{In: h, Out: outs[i]}
		second.Add(&net.layout, name+".2")
		third.Add(&net.layout, name+".4")
		net.pairs.second, net.pairs.third = append(net.pairs.second, second), append(net.pairs.third, third)
	}
}

// transposes holds a network's weight matrices, transposed for the backward pass. They are valid
// for one value of the parameters. Concurrent passes may share them.
type transposes struct {
	layers               []nn.PropagationTransposes
	first                []float32
	second, third, label [][]float32
	nodeValues           [][]float32
	edgeValues           [][]float32
	summary              []float32  // transposed output layer
	arenas               []nn.Arena // one for each layer and one for the heads
}

// transpose fills t for the given parameters. Layers are transposed in parallel.
func (net *network) transpose(flat []float32, t *transposes) {
	n := len(net.layers)
	if t.layers == nil {
		t.layers, t.arenas = make([]nn.PropagationTransposes, n), make([]nn.Arena, n+1)
	}
	parallel.Do(n+1, func(i int) {
		arena := &t.arenas[i]
		arena.Reset()
		if i < n {
			t.layers[i] = net.layers[i].Transpose(flat, arena)
			return
		}
		if !net.chain {
			t.first = net.pairs.first.Transposed(flat, arena)
		}
		t.second = transposeAll(t.second[:0], net.pairs.second, flat, arena)
		t.third = transposeAll(t.third[:0], net.pairs.third, flat, arena)
		t.label = transposeAll(t.label[:0], net.label, flat, arena)
		if net.nodeValues != nil {
			t.nodeValues = transposeAll(t.nodeValues[:0], net.nodeValues.layers[:], flat, arena)
		}
		if net.edgeValues != nil {
			t.edgeValues = transposeAll(t.edgeValues[:0], net.edgeValues.layers[:], flat, arena)
		}
		if net.summary != nil {
			t.summary = net.summary.out.Transposed(flat, arena)
		}
	})
}

func transposeAll(dst [][]float32, layers []nn.Linear, flat []float32, arena *nn.Arena) [][]float32 {
	for i := range layers {
		dst = append(dst, layers[i].Transposed(flat, arena))
	}
	return dst
}
