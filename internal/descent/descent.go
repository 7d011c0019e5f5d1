// Package descent trains by Adam what is one function of one flat vector of parameters: the Gorgonia program behind the
// networks of several packages.
package descent

import (
	"github.com/graphpnas/graphpnas/gnn"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Program is a loss and its gradient. It is compiled once; the loss may change what it computes from step to step, such
// as the batch.
type Program struct {
	// Adam moves the parameters. Its settings may change between steps.
	Adam gnn.Adam

	vm     G.VM
	params []G.ValueGrad
}

// learned is a node together with the node of its gradient. It spares the copy that dual values make.
type learned struct{ node, grad *G.Node }

func (l learned) Value() G.Value         { return l.node.Value() }
func (l learned) Grad() (G.Value, error) { return l.grad.Value(), nil }

// New compiles the gradient of a loss, which takes the parameters and gives a scalar. The parameters stay in flat.
func New(loss gnn.Function, flat []float32) (*Program, error) {
	graph := G.NewGraph()
	backing := tensor.New(tensor.WithShape(len(flat)), tensor.WithBacking(flat))
	params := G.NewVector(graph, tensor.Float32, G.WithShape(len(flat)), G.WithName("parameters"), G.WithValue(backing))
	cost, err := gnn.Apply(loss, params)
	if err != nil {
		return nil, err
	}
	// G.Grad would put one node of the package's own into every graph, as the cost's gradient, and write to it: programs
	// could not be compiled at the same time.
	one := graph.AddNode(G.NewConstant(float32(1)))
	grads, err := G.Backpropagate(G.Nodes{cost}, G.Nodes{one}, G.Nodes{params})
	if err != nil {
		return nil, err
	}
	return &Program{vm: G.NewTapeMachine(graph), params: []G.ValueGrad{learned{params, grads[0]}}}, nil
}

// Run computes the loss and its gradient.
func (p *Program) Run() error {
	p.vm.Reset()
	err := p.vm.RunAll()
	if machine, ok := err.(interface{ Err() error }); ok {
		return machine.Err() // the machine's own error does not unwrap
	}
	return err
}

// Descend moves the parameters by the gradient.
func (p *Program) Descend() error { return p.Adam.Step(p.params) }
