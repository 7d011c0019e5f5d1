package network

import (
	"errors"
	"fmt"

	"github.com/graphpnas/graphpnas/internal/conv"
	"github.com/graphpnas/graphpnas/searchspace"
)

// ErrTooLarge is wrapped by the error of a network that would need more memory than it may have. It is refused by its
// counts, before anything is built.
var ErrTooLarge = errors.New("network too large")

// Design says which network an architecture stands for: it draws it up with the Builder and returns its logits, a value of
// one pixel with a channel for each class. It is a pure function and safe for concurrent use.
//
// NASBench201, NASBench101 and the others of this package are designs. One for a space of your own is a function.
type Design interface {
	Network(b *Builder, a searchspace.Arch) (logits Value, err error)
}

// DesignFunc is a function as a Design.
type DesignFunc func(b *Builder, a searchspace.Arch) (logits Value, err error)

// Network calls f.
func (f DesignFunc) Network(b *Builder, a searchspace.Arch) (Value, error) { return f(b, a) }

// Plan is a network before it is built: what it computes, what its parameters are and what it costs. It takes no memory to
// speak of, however large the network. It is immutable and safe for concurrent use.
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

// NewPlan draws up the network of an architecture. The error names the architecture; it wraps ErrShape where the network
// cannot be, such as a sum of values of different sizes, and ErrTooLarge where an image, a single layer or the parameters
// are beyond any memory.
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

// plan ends the drawing.
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

// Within returns the plan with its parameters at their places in a layout that has them all, among others.
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

// Arch is the architecture in writing, as searchspace.Arch prints it.
func (p *Plan) Arch() string { return p.arch }

// Layout says where the parameters lie.
func (p *Plan) Layout() *Layout { return p.layout }

// Input is what the network classifies.
func (p *Plan) Input() Input { return p.input }

// Params is the number of values that are learned, of layers that the logits do not depend on too, as the benchmarks count
// them.
func (p *Plan) Params() int64 {
	var n int64
	for _, param := range p.params {
		if !param.Statistic {
			n += param.Size()
		}
	}
	return n
}

// FLOPs is the number of multiplications of an image, each with its addition: of convolutions outputs × kernel pixels ×
// input channels, of a linear layer (inputs + 1) × outputs. Normalisation, pooling and sums count nothing, as in
// NAS-Bench-201.
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

// fuse lets batch normalisation do the ReLU that alone reads it.
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

// readers counts for each value how often live nodes read it.
func (p *Plan) readers() []int {
	count := make([]int, len(p.sizes))
	for _, n := range p.live {
		for _, v := range n.inputs {
			count[v]++
		}
	}
	return count
}
