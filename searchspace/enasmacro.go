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
	Explainer
} = ENASMacro{}

// ENASMacro is the macro space of ENAS (Pham et al. 2018, arXiv 1802.03268): whole networks of
// consecutive layers. Node 0 is the stem. Each layer k = 1, 2, … has one of six operations, reads
// the previous layer, and may read any of the nodes 0 to k−2 through skip connections. With L
// layers, there are 6^L · 2^(L(L−1)/2) networks.
//
// The zero ENASMacro is the paper's, with 12 layers: 6^12 · 2^66 networks, about 1.6·10²⁹.
// NewENASMacro returns a space of another depth. Small ones can be listed with Enumerate.
type ENASMacro struct {
	made *Sequential // nil for enasMacro
}

// enasOps lists the stem and the operations of layers, the latter in the published order.
var enasOps = []string{
	"stem", "conv_3x3", "sep_conv_3x3", "conv_5x5", "sep_conv_5x5", "avg_pool_3x3", "max_pool_3x3",
}

var enasMacro = must(newENASMacro(12))

// NewENASMacro returns the space of networks with the given number of layers after the stem, at least one.
func NewENASMacro(layers int) (ENASMacro, error) {
	s, err := newENASMacro(layers)
	return ENASMacro{s}, err
}

func newENASMacro(layers int) (*Sequential, error) {
	if layers < 1 {
		return nil, fmt.Errorf("an ENAS macro network must have at least 1 layer, got %d", layers)
	}
	s, err := newSequential("enas-macro-"+strconv.Itoa(layers), []Part{{
		Name:     "network",
		MaxNodes: 1 + layers,
		NodeOps:  enasOps,
	}}, forgetful{Rule: trusted{RuleFunc(enasMacroRule)}})
	if err != nil {
		return nil, err
	}
	return s.WithReason(enasMacroReason), nil
}

func enasMacroReason(a Arch, refused Step) string {
	op := a.parts[0].NodeOp(refused.Node)
	switch {
	case refused.Kind == EdgePresence:
		return fmt.Sprintf("layer %d must read the previous layer: add the edge %d→%[1]d", refused.Node, refused.From)
	case refused.Node == 0:
		return fmt.Sprintf("node 0 must be %q, got %q", enasOps[0], op)
	default:
		return fmt.Sprintf("layer %d is %q, which only node 0 can be; %s", refused.Node, op, theOperationsAre(enasOps[1:]))
	}
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

// Name returns "enas-macro-" followed by the number of layers.
func (s ENASMacro) Name() string { return s.sequential().Name() }

// Parts returns the only part, "network".
func (s ENASMacro) Parts() []Part { return s.sequential().Parts() }

// Key returns the network in the published notation. Because each layer reads the previous one, the
// numbering of layers is unique, and networks with different notations are different.
func (s ENASMacro) Key(a Arch) string { return s.Format(a) }

// Validate returns nil if a is a network of the space.
func (s ENASMacro) Validate(a Arch) error { return s.sequential().Validate(a) }

// Explain implements [Explainer].
func (s ENASMacro) Explain(a Arch, refused Step) string { return s.sequential().Explain(a, refused) }

// Start returns a Builder for a new network.
func (s ENASMacro) Start() Builder { return s.sequential().Start() }

// Format returns a network as the numbers that ENAS's published program takes for a fixed
// architecture. For each layer these are its operation (0 conv 3×3, 1 separable conv 3×3, 2 conv
// 5×5, 3 separable conv 5×5, 4 average pooling, 5 max pooling) followed, for each node before the
// previous layer, by 1 if the layer reads it through a skip connection and 0 otherwise. "0 3 1" is
// a convolution followed by a separable one that also reads the stem. An architecture that is not
// in the space is formatted with Arch.String.
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

// Parse reads the numbers of the published notation, separated by white space or commas, in one
// list or in a list for each layer. The latter is what ENAS's published program prints when it
// samples, one list per line, and what Python prints for such lists.
func (s ENASMacro) Parse(text string) (Arch, error) {
	part := s.Parts()[0]
	g, err := readENAS(bare(text), part)
	if err != nil {
		return Arch{}, fmt.Errorf("%s: %w: %.400q: %w", s.Name(), ErrInvalid, text, err)
	}
	return NewArch(g), nil
}

func readENAS(text string, part Part) (DAG, error) {
	values, err := readPython(text)
	if err != nil {
		return DAG{}, err
	}
	numbers, err := enasNumbers(values, part.MaxNodes-1)
	if err != nil {
		return DAG{}, err
	}
	ops := make([]string, part.MaxNodes)
	ops[0] = enasOps[0]
	var edges []Edge
	for layer := 1; layer < part.MaxNodes; layer++ {
		op := numbers[0]
		if op < 0 || op >= len(enasOps)-1 {
			return DAG{}, fmt.Errorf("layer %d: unknown operation %d; %s", layer, op, enasNumbering())
		}
		ops[layer] = enasOps[1+op]
		for from, skip := range numbers[1:layer] {
			if skip != 0 && skip != 1 {
				return DAG{}, fmt.Errorf("layer %d: the number for node %d must be 0 or 1, got %d", layer, from, skip)
			}
			if skip == 1 {
				edges = append(edges, Edge{From: from, To: layer})
			}
		}
		edges = append(edges, Edge{From: layer - 1, To: layer})
		numbers = numbers[layer:]
	}
	return NewDAG(part.Name, part.MaxNodes, ops, edges)
}

// enasNumbers returns the numbers of all layers in one list: 1 for the first layer, 2 for the
// second, and so on.
func enasNumbers(values []any, layers int) ([]int, error) {
	for len(values) == 1 {
		list, ok := values[0].([]any)
		if _, nested := first(list).([]any); !ok || layers == 1 && !nested {
			break
		}
		values = list
	}
	if _, ok := first(values).([]any); !ok {
		numbers, err := wholeNumbers(values)
		if err == nil && len(numbers) != triangle(layers+1) {
			err = fmt.Errorf("got %s, but a network of %s has %d: k numbers for layer k",
				countOf(len(numbers), "number"), countOf(layers, "layer"), triangle(layers+1))
		}
		return numbers, err
	}
	if len(values) != layers {
		return nil, fmt.Errorf("got %s for %s", countOf(len(values), "list"), countOf(layers, "layer"))
	}
	var numbers []int
	for i, v := range values {
		list, _ := v.([]any)
		ofLayer, err := wholeNumbers(list)
		if err == nil && len(ofLayer) != i+1 {
			err = fmt.Errorf("got %s, but the layer has %d: its operation, then 0 or 1 for each node before the previous layer",
				countOf(len(ofLayer), "number"), i+1)
		}
		if err != nil {
			return nil, fmt.Errorf("layer %d: %w", i+1, err)
		}
		numbers = append(numbers, ofLayer...)
	}
	return numbers, nil
}

// first returns the first of the values, or nil if there are none.
func first(values []any) any {
	if len(values) == 0 {
		return nil
	}
	return values[0]
}

// wholeNumbers returns values as ints. It returns an error if one is not a whole number.
func wholeNumbers(values []any) ([]int, error) {
	numbers := make([]int, len(values))
	for i, v := range values {
		var ok bool
		if numbers[i], ok = wholeNumber(v); !ok {
			return nil, fmt.Errorf("number %d must be a whole number", i+1)
		}
	}
	return numbers, nil
}

// enasNumbering lists the operations with their published numbers for messages.
func enasNumbering() string {
	text := "the operations are "
	for i, op := range enasOps[1:] {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%d (%s)", i, op)
	}
	return text
}
