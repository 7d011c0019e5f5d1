package train

import (
	"github.com/graphpnas/graphpnas/gnn"
	"github.com/graphpnas/graphpnas/internal/descent"
	"github.com/graphpnas/graphpnas/internal/f32"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Program is a loss and its gradient as a compiled Gorgonia graph. The loss may differ in every
// step, for example because it uses another batch.
type Program struct {
	// Adam updates the parameters. Its settings may change between steps.
	Adam descent.Adam
	// ClipNorm is the maximum Euclidean norm of the gradient. Zero means no limit.
	ClipNorm float64

	vm      *machine
	params  []float32
	grads   func() [][]float32 // gradients whose sum is the gradient
	steps   int
	moments descent.Moments
}

// summed is a loss whose forward pass also computes the gradient, as terms of a sum. A program
// omits the backward pass of such a loss, because Adam can sum the terms at no extra cost.
type summed interface {
	// Summands returns 1 to 8 gradients, which may be overwritten.
	Summands() [][]float32
}

// NewProgram compiles a scalar loss of the parameters and its gradient. The parameters stay in
// params.
func NewProgram(loss gnn.Function, params []float32) (*Program, error) {
	graph := G.NewGraph()
	backing := tensor.New(tensor.WithShape(len(params)), tensor.WithBacking(params))
	input := G.NewVector(graph, tensor.Float32, G.WithShape(len(params)), G.WithName("parameters"), G.WithValue(backing))
	cost, err := gnn.Apply(loss, input)
	if err != nil {
		return nil, err
	}
	// G.Grad would start from a node that Gorgonia shares between all graphs and writes to, so
	// programs could not be compiled in parallel.
	one := graph.AddNode(G.NewConstant(float32(1)))
	grads, err := G.Backpropagate(G.Nodes{cost}, G.Nodes{one}, G.Nodes{input})
	if err != nil {
		return nil, err
	}
	p := &Program{params: params, moments: descent.NewMoments(len(params))}
	results := G.Nodes{cost}
	if s, ok := loss.(summed); ok {
		p.grads = s.Summands
	} else {
		results = append(results, grads[0])
		p.grads = func() [][]float32 { return [][]float32{p.vm.value(grads[0]).Data().([]float32)} }
	}
	p.vm, err = newMachine(graph, results...)
	return p, err
}

// Run computes the loss and its gradient.
func (p *Program) Run() error { return p.vm.RunAll() }

// Step updates the parameters by the gradient.
func (p *Program) Step() {
	grads := p.grads()
	scale := float32(1)
	if p.ClipNorm > 0 {
		for _, g := range grads[1:] {
			f32.Add(grads[0], grads[0], g)
		}
		grads = grads[:1]
		scale = descent.ClipScale(p.ClipNorm, grads[0])
	}
	p.steps++
	p.Adam.Move(p.steps, p.params, p.moments, grads, scale, false)
}

// Reset clears the optimizer state. Call it when the parameters have been reinitialized.
func (p *Program) Reset() {
	p.steps = 0
	p.moments.Clear()
}
