package predictor

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/nn"
)

// network describes the layout of the parameters. It holds no values.
type network struct {
	hidden    int
	nodes     int // number of nodes of the largest architecture
	layout    nn.Layout
	embedding int // offset of the embeddings of operations, roles and fields of nodes
	rows      int
	layers    []nn.Propagation
	head      []nn.Linear // the readout, 2·hidden → hidden → hidden → 1
}

func newNetwork(e *encoder, hidden, layers int) *network {
	net := &network{hidden: hidden, nodes: e.nodes, rows: e.rows, layers: make([]nn.Propagation, layers)}
	net.embedding = net.layout.Matrix("embedding", e.rows, hidden, 1)
	layer := nn.Propagation{Hidden: hidden, Attention: hidden, Features: e.features}
	for c := range e.classes {
		layer.Classes = append(layer.Classes, []int{c})
	}
	for i := range net.layers {
		net.layers[i] = layer
		net.layers[i].Add(&net.layout, fmt.Sprintf("layers.%d", i))
	}
	net.head = []nn.Linear{{In: 2 * hidden, Out: hidden, ReLU: true}, {In: hidden, Out: hidden, ReLU: true}, {In: hidden, Out: 1}}
	for i := range net.head {
		net.head[i].Add(&net.layout, fmt.Sprintf("head.%d", i))
	}
	return net
}

// row returns embedding i in flat parameters or gradients.
func (net *network) row(flat []float32, i int32) []float32 {
	start := net.embedding + int(i)*net.hidden
	return flat[start : start+net.hidden]
}
