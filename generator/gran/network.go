package gran

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/searchspace"
)

// network describes the graph network of one part of a space, and the layout of its parameters. It holds no values.
type network struct {
	part       searchspace.Part
	form       Form
	nodeOps    bool  // operations of nodes are an input
	chain      bool  // the part is a chain, and the form causal: nodes have one state, and there are no pair heads
	radix      int   // of the distances that messages pass in a chain
	strides    []int // of a chain, of each layer
	hidden     int
	components int
	nodeLabels int // 0: nodes have none
	edgeLabels int // 0: edges have none
	layout     nn.Layout
	// In the paper's form, input maps an adjacency row to Hidden−N values. In the causal form its rows are embeddings: of the
	// positions, of being new except in a chain, and of the operations, which start at opRows.
	input  nn.Linear
	opRows int
	layers []nn.Propagation // ReLU between them
	pairs  pairHeads        // θ, α and ψ of h_t − h_j
	label  []nn.Linear      // φ of h_t; none if nodes have no labels
	// The heads of the fields, nil if there are none.
	nodeFields, edgeFields *fieldHead
	// fieldInputs reports that fields are an input. Their rows of the input layer, one for each value, start at the given
	// numbers.
	fieldInputs                  bool
	nodeFieldRows, edgeFieldRows int
}

// pairHeads are the MLPs of three linear layers on h_t − h_j. Their first layers read the same input and form one matrix,
// which is multiplied by the state of each node before the difference is taken.
type pairHeads struct {
	first  nn.Linear // without ReLU, which follows the difference
	second []nn.Linear
	third  []nn.Linear
}

// The pair heads, in order; ψ exists only if edges have labels.
const (
	headTheta = iota
	headAlpha
	headPsi
)

func newNetwork(part searchspace.Part, c Config) (*network, error) {
	n, labels := part.MaxNodes, len(part.EdgeOps)
	net := &network{
		part: part, form: c.Form, nodeOps: c.NodeOps && len(part.NodeOps) > 0,
		hidden: c.Hidden, components: c.Components,
		chain:      c.Form == CausalForm && part.Chained() && labels == 0,
		nodeLabels: len(part.NodeOps), edgeLabels: labels,
		layers: make([]nn.Propagation, c.Layers),
	}
	layer := nn.Propagation{Hidden: c.Hidden, Attention: c.Attention}
	if c.Form == CausalForm {
		net.input = nn.Linear{In: n, Out: c.Hidden}
		if !net.chain {
			net.input.In++
		}
		net.opRows = net.input.In
		if net.nodeOps {
			net.input.In += net.nodeLabels
		}
		layer.Classes = oneHotClasses(classOld + max(labels, 1))
		if net.chain {
			layer.Classes = oneHotClasses(1)
			net.setStrides()
		}
		layer.Features, layer.Positions = len(layer.Classes), n
		net.addFieldInputs(c)
	} else {
		flags := c.Hidden - n - labels
		if c.Hidden-n < 1 || flags < 3 {
			return nil, fmt.Errorf("part %q: %w: hidden width %d holds neither %d nodes and a state nor %d nodes, %d edge operations and 3 flags",
				part.Name, ErrWidth, c.Hidden, n, n, labels)
		}
		net.input = nn.Linear{In: n, Out: c.Hidden - n}
		layer.Features, layer.Positions, layer.Classes = c.Hidden-n, n, edgeClasses(flags, labels)
	}
	if c.Form == CausalForm {
		net.input.AddWithin(&net.layout, "input", embeddingBound)
	} else {
		net.input.Add(&net.layout, "input")
	}
	for i := range net.layers {
		net.layers[i] = layer
		net.layers[i].Add(&net.layout, fmt.Sprintf("layers.%d", i))
	}
	net.addHeads()
	return net, nil
}

// embeddingBound bounds the initial embeddings, which start as large as the paper's one-hot positions.
const embeddingBound = 1

// addFieldInputs adds a row to the input layer for each value of a field, if fields are an input.
func (net *network) addFieldInputs(c Config) {
	if !c.NodeOps {
		return
	}
	net.nodeFieldRows = net.input.In
	for _, f := range net.part.NodeFields {
		net.input.In += len(f.Values)
	}
	net.edgeFieldRows = net.input.In
	for _, f := range net.part.EdgeFields {
		net.input.In += len(f.Values)
	}
	net.fieldInputs = net.input.In > net.nodeFieldRows
}

func (net *network) addHeads() {
	if !net.chain {
		net.addPairHeads()
	}
	h := net.hidden
	if net.nodeLabels > 0 {
		net.label = []nn.Linear{{In: h, Out: h, ReLU: true}, {In: h, Out: h, ReLU: true}, {In: h, Out: net.nodeLabels}}
		for i := range net.label {
			net.label[i].Add(&net.layout, fmt.Sprintf("phi.%d", 2*i))
		}
	}
	net.nodeFields = net.newFieldHead("node_fields", net.part.NodeFields, net.part.NodeOps)
	net.edgeFields = net.newFieldHead("edge_fields", net.part.EdgeFields, net.part.EdgeOps)
}

func (net *network) addPairHeads() {
	names, outs := []string{"theta", "alpha"}, []int{net.components, net.components}
	if net.edgeLabels > 0 {
		names, outs = append(names, "psi"), append(outs, net.edgeLabels)
	}
	h := net.hidden
	net.pairs.first = nn.Linear{In: h, Out: h * len(names)}
	net.pairs.first.Add(&net.layout, "pairs.0")
	for i, name := range names {
		second, third := nn.Linear{In: h, Out: h, ReLU: true}, nn.Linear{In: h, Out: outs[i]}
		second.Add(&net.layout, name+".2")
		third.Add(&net.layout, name+".4")
		net.pairs.second, net.pairs.third = append(net.pairs.second, second), append(net.pairs.third, third)
	}
}

// transposes are a network's weight matrices, transposed for the backward pass. They are valid for one value of the
// parameters, and passes that run in parallel may share them.
type transposes struct {
	layers               []nn.PropagationTransposes
	first                []float32
	second, third, label [][]float32
	nodeFields           [][]float32
	edgeFields           [][]float32
	arenas               []nn.Arena // of each layer, and one for the heads
}

// transpose fills t for the given parameters. Layers are independent of one another.
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
		if net.nodeFields != nil {
			t.nodeFields = transposeAll(t.nodeFields[:0], net.nodeFields.layers[:], flat, arena)
		}
		if net.edgeFields != nil {
			t.edgeFields = transposeAll(t.edgeFields[:0], net.edgeFields.layers[:], flat, arena)
		}
	})
}

func transposeAll(dst [][]float32, layers []nn.Linear, flat []float32, arena *nn.Arena) [][]float32 {
	for i := range layers {
		dst = append(dst, layers[i].Transposed(flat, arena))
	}
	return dst
}
