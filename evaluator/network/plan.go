package network

import (
	"errors"
	"fmt"
	"slices"

	"github.com/graphpnas/graphpnas/internal/conv"
	"github.com/graphpnas/graphpnas/searchspace"
)

// ErrTooLarge is wrapped by the error for a network that would need more memory than allowed. This is detected before the memory
// is allocated.
var ErrTooLarge = errors.New("network too large")

// Design maps an architecture to a network. Network adds the operations to the Builder and returns
// the logits, a value of one pixel with a channel for each class. It must be a pure function and
// safe for concurrent use.
//
// [NASBench201], [NASBench101], [DARTS], [ENASMacro] and [RandWire] are designs. For your own space, write a [DesignFunc].
type Design interface {
	Network(b *Builder, a searchspace.Arch) (logits Value, err error)
}

// DesignFunc adapts a function to a Design.
type DesignFunc func(b *Builder, a searchspace.Arch) (logits Value, err error)

// Network calls f(b, a).
func (f DesignFunc) Network(b *Builder, a searchspace.Arch) (Value, error) { return f(b, a) }

// Plan describes a network before it is built: its operations, parameters and costs. It needs little memory, however large the
// network is. It is immutable, except for UnmarshalJSON, and safe for concurrent use.
//
// MarshalJSON encodes it as a [Document], and [ParsePlan] decodes it.
type Plan struct {
	arch    string // the text of the architecture, for messages
	input   Input
	sizes   []conv.Image // the size of each value
	nodes   []*node      // all nodes, in topological order
	live    []*node      // the nodes that the logits depend on
	logits  int
	params  []Parameter
	layout  *Layout
	offsets []int64 // the offset of each parameter in its section of the layout
}

// NewPlan plans the network of an architecture. The error names the architecture. It wraps
// [ErrShape] if the network is impossible, for example because it adds values of different sizes,
// and [ErrTooLarge] if an image, a layer, or all parameters together exceed a fixed limit. It wraps evaluator.ErrBroken if a setting
// of one of the designs of this package is negative.
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

// plan returns the plan of the network that the Builder describes.
func (b *Builder) plan(arch string, logits Value) (*Plan, error) {
	b.check(logits)
	err := b.err
	if want := (conv.Image{Height: 1, Width: 1, Channels: b.input.Classes}); err == nil && logits.size != want {
		err = fmt.Errorf("%w: the logits have size %v, but must be a single pixel of %d channels, one for each class", ErrShape, logits.size, b.input.Classes)
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

// Within returns a copy of the plan whose parameters are placed in another layout. The layout must contain all parameters of the
// plan, and may contain others. The error wraps [ErrShape] if a parameter is missing or has another shape.
func (p *Plan) Within(l *Layout) (*Plan, error) {
	if l == nil {
		return nil, fmt.Errorf("network of %s: %w: the layout is nil", p.arch, ErrShape)
	}
	q := *p
	q.layout, q.offsets = l, make([]int64, len(p.params))
	for i, param := range p.params {
		s := l.section(param)
		found, ok := s.find(param.Name)
		if !ok {
			return nil, fmt.Errorf("network of %s: %w: no parameter %q in the layout", p.arch, ErrShape, param.Name)
		}
		if !slices.Equal(found.Shape, param.Shape) {
			return nil, fmt.Errorf("network of %s: %w: parameter %q has shape %v, but in the layout %v", p.arch, ErrShape, param.Name, param.Shape, found.Shape)
		}
		q.offsets[i] = s.offsets[s.places[param.Name]]
	}
	return &q, nil
}

// Arch returns the text of the architecture, as formatted by searchspace.Arch.
func (p *Plan) Arch() string { return p.arch }

// Layout returns the layout of the parameters.
func (p *Plan) Layout() *Layout { return p.layout }

// Input returns the description of the images.
func (p *Plan) Input() Input { return p.input }

// Params returns the number of learned values. As in the benchmarks, layers that the logits do not depend on are included.
func (p *Plan) Params() int64 {
	var n int64
	for _, param := range p.params {
		if !param.Statistic {
			n += param.Size()
		}
	}
	return n
}

// FLOPs returns the number of multiply–add operations for one image: outputs × kernel pixels × input channels for a convolution,
// and (inputs + 1) × outputs for a linear layer. As in NAS-Bench-201, normalization, pooling and sums are not counted.
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

// fuse merges a ReLU into the batch normalization before it if nothing else reads the normalized value.
func (p *Plan) fuse() {
	readers := p.readers()
	norms := map[int]*node{} // norms by output
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

// readers returns, for each value, how many inputs of live nodes it is.
func (p *Plan) readers() []int {
	count := make([]int, len(p.sizes))
	for _, n := range p.live {
		for _, v := range n.inputs {
			count[v]++
		}
	}
	return count
}
