package export

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/graphpnas/graphpnas/evaluator/network"
)

// graph is a document with the operations that the logits depend on.
type graph struct {
	*network.Document
	live []bool // whether the logits depend on each operation
	uses []int  // how often live operations read each value, plus one for the logits
}

// newGraph returns the graph of a document. It returns an error if the name of a parameter is not valid UTF-8.
func newGraph(d *network.Document) (*graph, error) {
	for _, p := range d.Parameters {
		if !utf8.ValidString(p.Name) {
			return nil, fmt.Errorf("parameter %q: the name must be valid UTF-8", p.Name)
		}
	}
	d.Arch = strings.ToValidUTF8(d.Arch, "\ufffd")
	g := &graph{d, make([]bool, len(d.Operations)), make([]int, len(d.Operations)+1)}
	g.uses[d.Logits] = 1
	for i := len(d.Operations) - 1; i >= 0; i-- {
		if g.uses[i+1] == 0 {
			continue
		}
		g.live[i] = true
		for _, v := range d.Operations[i].Inputs {
			g.uses[v]++
		}
	}
	return g, nil
}

// shape returns channels, height and width of a value.
func (g *graph) shape(value int) (channels, height, width int) {
	if value == 0 {
		return g.Input.Channels, g.Input.Height, g.Input.Width
	}
	s := g.Operations[value-1].Shape
	return s[0], s[1], s[2]
}

// classifies reports whether a value is the result of the linear layer that computes the logits, and no other operation reads it.
func (g *graph) classifies(value int) bool {
	return value == g.Logits && g.uses[value] == 1 && value > 0 && g.Operations[value-1].Op == network.OpLinear
}

// pads returns the padding of a pooling operation along a dimension of n rows or columns, before the first and after the last.
func pads(o network.Operation, n int) (before, behind int) {
	before = (o.Kernel - 1) / 2
	windows := (n + o.Stride - 1) / o.Stride
	return before, max(0, (windows-1)*o.Stride+o.Kernel-n-before)
}

// missing returns how many rows or columns of zeros OpSubsample reads after the last one of n.
func missing(o network.Operation, n int) int {
	windows := (n + o.Stride - 1) / o.Stride
	return max(0, (windows-1)*o.Stride+o.From+1-n)
}

// unsupported returns the error for an operation that a format does not support.
func unsupported(o network.Operation, form string) error {
	return fmt.Errorf("operation %q is not supported in %s", o.Op, form)
}
