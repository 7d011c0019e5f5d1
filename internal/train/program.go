package train

import (
	"github.com/graphpnas/graphpnas/gnn"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Program is a loss and its gradient as a compiled Gorgonia graph. The loss may compute something else at every step, such
// as another batch.
type Program struct {
	// Adam moves the parameters. Its settings may change between steps.
	Adam gnn.Adam

	vm     G.VM
	params []G.ValueGrad
}

// learned is a node together with the node of its gradient. It saves the copy that Gorgonia's dual values make.
type learned struct{ node, grad *G.Node }

func (l learned) Value() G.Value         { return l.node.Value() }
func (l learned) Grad() (G.Value, error) { return l.grad.Value(), nil }

// NewProgram compiles a scalar loss of the parameters, and its gradient. The parameters stay in params.
func NewProgram(loss gnn.Function, params []float32) (*Program, error) {
	graph := G.NewGraph()
	backing := tensor.New(tensor.WithShape(len(params)), tensor.WithBacking(params))
	input := G.NewVector(graph, tensor.Float32, G.WithShape(len(params)), G.WithName("parameters"), G.WithValue(backing))
	cost, err := gnn.Apply(loss, input)
	if err != nil {
		return nil, err
	}
	// G.Grad would start from a node that Gorgonia shares between all graphs and writes to, so that programs could not be
	// compiled in parallel.
	one := graph.AddNode(G.NewConstant(float32(1)))
	grads, err := G.Backpropagate(G.Nodes{cost}, G.Nodes{one}, G.Nodes{input})
	if err != nil {
		return nil, err
	}
	return &Program{vm: G.NewTapeMachine(graph), params: []G.ValueGrad{learned{input, grads[0]}}}, nil
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

// Step moves the parameters by the gradient.
func (p *Program) Step() error { return p.Adam.Step(p.params) }
