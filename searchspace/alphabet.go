package searchspace

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// maxLabels limits the number of labels of a node or edge for rules that examine all of them.
const maxLabels = 100_000

// alphabet lists the possible labels of a node or edge. The code of a label is its operation (−1 if
// it has none) followed by its field values (−1 for fields that do not exist).
type alphabet struct {
	labels []Label
	codes  [][]int16
	// next is a trie of the codes. For each prefix of a code, given by its number, it maps the next
	// value plus 1 to the number of the longer prefix. Number 0 is the empty prefix; as an entry, it
	// means that there is none.
	next [][]int32
}

// newAlphabet lists the labels made of the fields and the operations from index first on.
func newAlphabet(ops []string, fields []Field, first int) (*alphabet, error) {
	a := &alphabet{next: [][]int32{nil}}
	compiled := compileFields(fields, ops)
	var extend func(at int32, code []int16) error
	extend = func(at int32, code []int16) error {
		f := len(code) - 1
		if f == len(fields) {
			if len(a.codes) == maxLabels {
				return fmt.Errorf("there must be at most %d combinations of operation and fields", maxLabels)
			}
			a.codes = append(a.codes, slices.Clone(code))
			a.labels = append(a.labels, labelOf(ops, fields, code))
			return nil
		}
		if !compiled[f].exists(int(code[0]), code[1:]) {
			return extend(a.add(at, -1), append(code, -1))
		}
		for v := range fields[f].Values {
			if err := extend(a.add(at, v), append(code, int16(v))); err != nil {
				return err
			}
		}
		return nil
	}
	if ops == nil {
		return a, extend(a.add(0, -1), []int16{-1})
	}
	for op := first; op < len(ops); op++ {
		if err := extend(a.add(0, op), []int16{int16(op)}); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// add adds the prefix that extends another by a value, and returns its number.
func (a *alphabet) add(at int32, value int) int32 {
	for len(a.next[at]) <= value+1 {
		a.next[at] = append(a.next[at], 0)
	}
	longer := int32(len(a.next))
	a.next[at][value+1] = longer
	a.next = append(a.next, nil)
	return longer
}

// then returns the prefix that extends another by a value, or −1 if there is none.
func (a *alphabet) then(at int32, value int16) int32 {
	if at < 0 || int(value)+1 >= len(a.next[at]) || a.next[at][value+1] == 0 {
		return -1
	}
	return a.next[at][value+1]
}

// beginning returns the prefix with an operation and the given first fields, or −1 if there is
// none.
func (a *alphabet) beginning(op int16, fields []int16) int32 {
	at := a.then(0, op)
	for _, v := range fields {
		at = a.then(at, v)
	}
	return at
}

// labelOf returns the label with a code.
func labelOf(ops []string, fields []Field, code []int16) Label {
	var l Label
	if code[0] >= 0 {
		l.Op = ops[code[0]]
	}
	order := make([]int, len(fields))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(fields[a].Name, fields[b].Name) })
	for _, i := range order {
		if v := code[1+i]; v >= 0 {
			l.names, l.values = append(l.names, fields[i].Name), append(l.values, fields[i].Values[v])
		}
	}
	return l
}

// labelCosts holds the cost of the cheapest label with each prefix.
type labelCosts struct {
	of    *alphabet
	least []float64
}

// costs computes the costs of all labels.
func (a *alphabet) costs(of func(Label) float64) (labelCosts, error) {
	c := labelCosts{of: a, least: slices.Repeat([]float64{math.Inf(1)}, len(a.next))}
	for i, code := range a.codes {
		v := of(a.labels[i])
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return labelCosts{}, fmt.Errorf("the cost of %v must be finite, got %v", a.labels[i], v)
		}
		at := int32(0)
		c.least[at] = min(c.least[at], v)
		for _, value := range code {
			at = a.then(at, value)
			c.least[at] = min(c.least[at], v)
		}
	}
	return c, nil
}

// cheapest returns the cost of the cheapest label with a prefix, or +Inf if there is none.
func (c *labelCosts) cheapest(beginning int32) float64 {
	if beginning < 0 {
		return math.Inf(1)
	}
	return c.least[beginning]
}

// with returns the cost of the cheapest label with an operation and the given first fields, or +Inf
// if there is none.
func (c *labelCosts) with(op int16, fields []int16) float64 {
	return c.cheapest(c.of.beginning(op, fields))
}

// nodeLabel returns the code of a node's label, as far as it is decided.
func (p *draftPart) nodeLabel(node int) []int16 {
	return append([]int16{p.ops[node]}, p.fieldsOfNode(node)...)
}

// edgeLabel returns the code of the label of an existing edge, as far as it is decided.
func (p *draftPart) edgeLabel(from, to int) []int16 {
	return append([]int16{p.edges[triangle(to)+from]}, p.fieldsOfEdge(from, to)...)
}
