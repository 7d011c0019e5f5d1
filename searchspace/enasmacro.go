package searchspace

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

var _ interface {
	Space
	Notation
} = ENASMacro{}

// ENASMacro is the macro space of ENAS (Pham et al. 2018, arXiv 1802.03268): whole networks, layer upon layer. Node 0 is
// the stem, and each layer k = 1, 2, … carries one of six operations, reads the layer before it, and takes any of the nodes
// 0 to k−2 beside as skip connections. L layers make 6^L · 2^(L(L−1)/2) networks.
//
// The zero ENASMacro is the paper's, of 12 layers: 6^12 · 2^66 networks, about 1.6·10²⁹. NewENASMacro makes one of any other
// depth. Small ones can be listed with Enumerate.
type ENASMacro struct {
	made *Sequential // nil: enasMacro
}

// enasOps are the stem and the layers' operations, these in the order of the published numbers.
var enasOps = []string{
	"stem", "conv_3x3", "sep_conv_3x3", "conv_5x5", "sep_conv_5x5", "avg_pool_3x3", "max_pool_3x3",
}

var enasMacro = must(newENASMacro(12))

// NewENASMacro makes the space of networks with the given number of layers above the stem, at least one.
func NewENASMacro(layers int) (ENASMacro, error) {
	s, err := newENASMacro(layers)
	return ENASMacro{s}, err
}

func newENASMacro(layers int) (*Sequential, error) {
	if layers < 1 {
		return nil, fmt.Errorf("ENAS macro space of %d layers", layers)
	}
	return newSequential("enas-macro-"+strconv.Itoa(layers), []Part{{
		Name:     "network",
		MaxNodes: 1 + layers,
		NodeOps:  enasOps,
	}}, forgetful{Rule: trusted{enasMacroRule}})
}

func enasMacroRule(_ *Draft, d Decision) []int {
	switch {
	case d.Kind == NodeOp && d.Node == 0:
		return d.Allowed[:1]
	case d.Kind == NodeOp:
		return d.Allowed[1:]
	case d.From == d.Node-1:
		return presentEdge
	}
	return d.Allowed
}

func (s ENASMacro) sequential() *Sequential {
	if s.made == nil {
		return enasMacro
	}
	return s.made
}

// Name returns "enas-macro-" and the number of layers.
func (s ENASMacro) Name() string { return s.sequential().Name() }

// Parts returns the one part, "network".
func (s ENASMacro) Parts() []Part { return s.sequential().Parts() }

// Key is the network in the published notation. Each layer reads the one before it, so that there is only one way to
// number a network's layers: networks that are written differently are different.
func (s ENASMacro) Key(a Arch) string { return s.Format(a) }

// Validate tells whether a is a network of the space.
func (s ENASMacro) Validate(a Arch) error { return s.sequential().Validate(a) }

// Start begins a network.
func (s ENASMacro) Start() Builder { return s.sequential().Start() }

// Format writes a network as the numbers that ENAS's published program takes for a fixed architecture, layer after layer:
// the operation (0 conv 3×3, 1 separable conv 3×3, 2 conv 5×5, 3 separable conv 5×5, 4 average pooling, 5 max pooling),
// then for each node from the stem on, up to the last but one before it, whether the layer takes it as a skip
// connection. "0 3 1" is a convolution and upon it a separable one, which reads the stem as well. What is no network of
// the space is written as Arch.String does.
func (s ENASMacro) Format(a Arch) string {
	if s.Validate(a) != nil {
		return a.String()
	}
	g := a.parts[0]
	var text strings.Builder
	for layer := 1; layer < g.n; layer++ {
		if layer > 1 {
			text.WriteByte(' ')
		}
		text.WriteString(strconv.Itoa(slices.Index(enasOps, g.nodeOps[layer]) - 1))
		for from := range layer - 1 {
			if g.HasEdge(from, layer) {
				text.WriteString(" 1")
			} else {
				text.WriteString(" 0")
			}
		}
	}
	return text.String()
}

// Parse reads the published notation, the numbers separated by any white space.
func (s ENASMacro) Parse(text string) (Arch, error) {
	bad := func(what string, args ...any) (Arch, error) {
		return Arch{}, fmt.Errorf("%s: %w: %q: %s", s.Name(), ErrInvalid, text, fmt.Sprintf(what, args...))
	}
	part := s.Parts()[0]
	numbers := strings.Fields(text)
	if want := triangle(part.MaxNodes); len(numbers) != want {
		return bad("%d numbers, not %d", len(numbers), want)
	}
	ops := make([]string, part.MaxNodes)
	ops[0] = enasOps[0]
	var edges []Edge
	for layer := 1; layer < part.MaxNodes; layer++ {
		op := slices.Index([]string{"0", "1", "2", "3", "4", "5"}, numbers[0])
		if op < 0 {
			return bad("layer %d has the unknown operation %q", layer, numbers[0])
		}
		ops[layer] = enasOps[1+op]
		for from, skip := range numbers[1:layer] {
			if skip != "0" && skip != "1" {
				return bad("layer %d takes node %d as %q, not 0 or 1", layer, from, skip)
			}
			if skip == "1" {
				edges = append(edges, Edge{From: from, To: layer})
			}
		}
		edges = append(edges, Edge{From: layer - 1, To: layer})
		numbers = numbers[layer:]
	}
	g, err := NewDAG(part.Name, part.MaxNodes, ops, edges)
	if err != nil {
		return bad("%v", err)
	}
	return NewArch(g), nil
}
