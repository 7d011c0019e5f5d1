package gnn

import (
	"fmt"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/internal/nn"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// MessagePassing is a layer of gated message passing with a GRU update (GRAN, arXiv 1910.00760,
// equations 3 to 6; GraphPNAS, arXiv 2211.15155, section 3). An edge u→v reads
//
//	x = [h_u − h_v | features of the edge's class | onehot(position v) − onehot(position u)]
//
// and sends m = MLP(x) ⊙ sigmoid(MLP'(x)), where both MLPs have one hidden layer and ReLU. Node v
// sums the messages that reach it and updates its state: h_v ← GRUCell(sum, h_v).
//
// If Gated is set, messages have a single layer: m = ReLU(W·x + b) ⊙ sigmoid(W'·x + b'). Because
// everything linear in x is computed once for each node, such messages cost no matrix product. In
// large graphs the layer is then several times as fast.
//
// The layer is one operation, and its parameters are one flat vector whose layout Params returns.
// Unlike elsewhere in this package, its matrices are in × out. layer.first holds both MLPs' first
// layers side by side, message before attention; layer.message and layer.attention are their second
// layers. If Gated is set, layer.gated takes the place of these three, message before gate.
// layer.gru.input and layer.gru.state hold the three gates of the GRU side by side in the order
// reset, update, new.
type MessagePassing struct {
	Hidden    int  // width of a node's state and of the message MLP
	Gated     bool // whether messages have a single layer
	Attention int  // hidden width of the attention MLP; ignored if Gated is set
	// ClassFeatures is the number of features of an edge's class, and Classes lists for each class
	// which of these features are one; the others are zero. Nil Classes means one class without
	// features.
	ClassFeatures int
	Classes       [][]int
	// Positions is the number of node positions, or 0 if nodes are not distinguished.
	Positions int
}

// Param is a named matrix or vector in a flat vector of parameters. A vector has one dimension.
type Param struct {
	Name   string
	Shape  []int
	Offset int
}

// compile builds the layer and its layout.
func (mp MessagePassing) compile() (*nn.Propagation, *nn.Layout, error) {
	p := &nn.Propagation{
		Hidden: mp.Hidden, Gated: mp.Gated, Attention: mp.Attention, Features: mp.ClassFeatures,
		Classes: mp.Classes, Positions: mp.Positions,
	}
	if p.Classes == nil {
		p.Classes = [][]int{nil}
	}
	if err := p.Validate(); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrShape, err)
	}
	layout := &nn.Layout{}
	p.Add(layout, "layer")
	return p, layout, nil
}

// Params lists the parameters in the order of the flat vector.
func (mp MessagePassing) Params() ([]Param, error) {
	_, layout, err := mp.compile()
	if err != nil {
		return nil, err
	}
	params := make([]Param, len(layout.Params))
	for i, p := range layout.Params {
		params[i] = Param{Name: p.Name, Shape: p.Shape(), Offset: p.Offset}
	}
	return params, nil
}

// Init returns a flat vector of parameters initialized like PyTorch's: linear layers uniform in
// ±1/√fanIn, and the GRU uniform in ±1/√Hidden.
func (mp MessagePassing) Init(rng *rand.Rand) (*tensor.Dense, error) {
	_, layout, err := mp.compile()
	if err != nil {
		return nil, err
	}
	flat := make([]float32, layout.Size)
	layout.Init(flat, rng)
	return tensor.New(tensor.WithShape(layout.Size), tensor.WithBacking(flat)), nil
}

// Apply returns the new states (Nodes × Hidden), given states h (Nodes × Hidden) and the flat
// vector of parameters.
func (mp MessagePassing) Apply(h, params *G.Node, g *Graph) (*G.Node, error) {
	p, layout, err := mp.compile()
	if err != nil {
		return nil, err
	}
	graph, err := g.compile(len(p.Classes), mp.Positions)
	if err != nil {
		return nil, err
	}
	return Apply(&messagePassing{layer: p, size: layout.Size, graph: graph}, h, params)
}

type messagePassing struct {
	layer *nn.Propagation
	size  int
	graph *nn.Graph
	state nn.PropagationState
	arena nn.Arena
	used  bool // whether a backward pass has overwritten the state
}

func (mp *messagePassing) Name() string { return "message passing" }

func (mp *messagePassing) Shape(s []tensor.Shape) (tensor.Shape, error) {
	h, params := tensor.Shape{mp.graph.Nodes, mp.layer.Hidden}, tensor.Shape{mp.size}
	if !s[0].Eq(h) || !s[1].Eq(params) {
		return nil, fmt.Errorf("%w: h and params must have shapes %v and %v, got %v and %v", ErrShape, h, params, s[0], s[1])
	}
	return h, nil
}

func (mp *messagePassing) Forward(out []float32, in [][]float32) error {
	mp.pass(in)
	copy(out, mp.state.Out())
	return nil
}

func (mp *messagePassing) pass(in [][]float32) {
	mp.arena.Reset()
	mp.layer.Forward(mp.graph, in[0], in[1], &mp.state, &mp.arena)
	mp.used = false
}

func (mp *messagePassing) Backward(din, in [][]float32, _, dout []float32) error {
	if mp.used {
		mp.pass(in)
	}
	mp.used = true
	t := mp.layer.Transpose(in[1], &mp.arena)
	mp.layer.Backward(&mp.state, dout, t, nn.Gradients{Flat: din[1]}, din[0], &mp.arena)
	return nil
}
