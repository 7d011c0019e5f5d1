package network

import (
	"errors"
	"fmt"

	"github.com/graphpnas/graphpnas/internal/conv"
	"github.com/graphpnas/graphpnas/searchspace"
)

// ErrTooLarge is wrapped by the error for a network that would need more memory than it may have. Its counts tell, before
// any of it is built.
var ErrTooLarge = errors.New("network too large")

// Design maps an architecture to a network: it draws the network with the Builder and returns the logits, a value of one
// pixel with a channel for each class. It must be a pure function and safe for concurrent use.
//
// NASBench201, NASBench101 and others of this package are designs. For a space of your own, write a function.
type Design interface {
	Network(b *Builder, a searchspace.Arch) (logits Value, err error)
}

// DesignFunc is an adapter to use a function as a Design.
type DesignFunc func(b *Builder, a searchspace.Arch) (logits Value, err error)

// Network calls f.
func (f DesignFunc) Network(b *Builder, a searchspace.Arch) (Value, error) { return f(b, a) }

// Plan describes a network before it is built: what it computes, what its parameters are and what it costs. It takes little
// memory, however large the network is. Except by UnmarshalJSON it does not change, and it is safe for concurrent use.
//
// MarshalJSON writes it as a [Document], and [ParsePlan] reads it.
type Plan struct {
	arch    string // for messages
	input   Input
	sizes   []conv.Image // of each value
	nodes   []*node      // all, in topological order
	live    []*node      // those that the logits depend on
	logits  int
	params  []Parameter
	layout  *Layout
	offsets []int64 // of each parameter in its part of the layout
}

// NewPlan plans the network of an architecture. The error names the architecture. It wraps ErrShape if the network is
// impossible, such as a sum of values of different sizes, and ErrTooLarge if an image, a layer or all parameters together
// exceed any memory.
func NewPlan(d Design, a searchspace.Arch, in Input) (*Plan, error) {
	b, err := newBuilder(in)
	if err != nil {
		return nil, fmt.Errorf("network of %v: %w", a, err)
	}
	logits, err := d.Network(b, a)
	if err != nil {
		return nil, fmt.Errorf("network of %v: %w", a, err)
	}
	return b.plan(a.String(), logits)
}

// plan returns the plan of what has been drawn.
func (b *Builder) plan(arch string, logits Value) (*Plan, error) {
	err := b.err
	if want := (conv.Image{Height: 1, Width: 1, Channels: b.input.Classes}); err == nil && logits.size != want {
		err = fmt.Errorf("%w: logits of size %v for %d classes", ErrShape, logits.size, b.input.Classes)
	}
	if err != nil {
		return nil, fmt.Errorf("network of %s: %w", arch, err)
	}
	p := &Plan{arch: arch, input: b.input, sizes: b.sizes, nodes: b.nodes, logits: logits.id, params: b.params}
	p.findLive()
	p.fuse()
	layout, err := Share(p)
	if err != nil {
		return nil, fmt.Errorf("network of %s: %w", arch, err)
	}
	return p.Within(layout)
}

// Within returns the plan with its parameters in a layout that contains them all and may contain others. The error wraps
// ErrShape if one is missing or has another size.
func (p *Plan) Within(l *Layout) (*Plan, error) {
	if l == nil {
		return nil, fmt.Errorf("network of %s: %w: there is no layout", p.arch, ErrShape)
	}
	q := *p
	q.layout, q.offsets = l, make([]int64, len(p.params))
	for i, param := range p.params {
		s := l.section(param)
		found, ok := s.find(param.Name)
		if !ok {
			return nil, fmt.Errorf("network of %s: %w: no parameter %q in the layout", p.arch, ErrShape, param.Name)
		}
		if found.Size() != param.Size() {
			return nil, fmt.Errorf("network of %s: %w: parameter %q is %v, in the layout %v", p.arch, ErrShape, param.Name, param.Shape, found.Shape)
		}
		q.offsets[i] = s.offsets[s.places[param.Name]]
	}
	return &q, nil
}

// Arch returns the architecture in writing, as searchspace.Arch prints it.
func (p *Plan) Arch() string { return p.arch }

// Layout returns where the parameters are in the flat vector.
func (p *Plan) Layout() *Layout { return p.layout }

// Input returns what the network classifies.
func (p *Plan) Input() Input { return p.input }

// Params returns the number of learned values. Like the benchmarks, it includes layers that the logits do not depend on.
func (p *Plan) Params() int64 {
	var n int64
	for _, param := range p.params {
		if !param.Statistic {
			n += param.Size()
		}
	}
	return n
}

// FLOPs returns the number of multiplications for one image, each with its addition: outputs × kernel pixels × input
// channels for a convolution and (inputs + 1) × outputs for a linear layer. As in NAS-Bench-201, normalisation, pooling and
// sums are not counted.
func (p *Plan) FLOPs() int64 {
	var n int64
	for _, node := range p.nodes {
		n += node.flops
	}
	return n
}

// findLive finds the nodes that the logits depend on.
func (p *Plan) findLive() {
	needed := make([]bool, len(p.sizes))
	needed[p.logits] = true
	live := make([]bool, len(p.nodes))
	for i := len(p.nodes) - 1; i >= 0; i-- {
		if n := p.nodes[i]; needed[n.output] {
			live[i] = true
			for _, v := range n.inputs {
				needed[v] = true
			}
		}
	}
	for i, n := range p.nodes {
		if live[i] {
			p.live = append(p.live, n)
		}
	}
}

// fuse lets batch normalisation compute the ReLU behind it if nothing else reads its result.
func (p *Plan) fuse() {
	readers := p.readers()
	norms := map[int]*node{} // by output
	kept := p.live[:0]
	for _, n := range p.live {
		if _, ok := n.layer.(*norm); ok {
			norms[n.output] = n
		}
		if _, ok := n.layer.(relu); ok {
			if b := norms[n.inputs[0]]; b != nil && readers[b.output] == 1 {
				b.layer.(*norm).ReLU = true
				b.output = n.output
				continue
			}
		}
		kept = append(kept, n)
	}
	p.live = kept
}

// readers returns how often live nodes read each value.
func (p *Plan) readers() []int {
	count := make([]int, len(p.sizes))
	for _, n := range p.live {
		for _, v := range n.inputs {
			count[v]++
		}
	}
	return count
}
