package searchspace

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// maxLabels bounds how many labels a node or an edge may have if a rule looks at all of them.
const maxLabels = 100_000

// alphabet lists the labels that a node or an edge may have.
type alphabet struct {
	codes  [][]int16 // of each label: the operation, or −1, then the fields, −1 for those that do not exist
	labels []Label
}

// newAlphabet lists the labels made of the operations from the given one on and of the fields.
func newAlphabet(ops []string, fields []Field, first int) (*alphabet, error) {
	a := &alphabet{}
	compiled := compileFields(fields, ops)
	var extend func(code []int16) error
	extend = func(code []int16) error {
		f := len(code) - 1
		if f == len(fields) {
			if len(a.codes) == maxLabels {
				return fmt.Errorf("more than %d combinations of operation and fields", maxLabels)
			}
			a.codes = append(a.codes, slices.Clone(code))
			return nil
		}
		if !compiled[f].exists(int(code[0]), code[1:]) {
			return extend(append(code, -1))
		}
		for v := range fields[f].Values {
			if err := extend(append(code, int16(v))); err != nil {
				return err
			}
		}
		return nil
	}
	if ops == nil {
		if err := extend([]int16{-1}); err != nil {
			return nil, err
		}
	}
	for op := first; op < len(ops); op++ {
		if err := extend([]int16{int16(op)}); err != nil {
			return nil, err
		}
	}
	for _, code := range a.codes {
		a.labels = append(a.labels, labelOf(ops, fields, code))
	}
	return a, nil
}

// labelOf returns the label of a code.
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

// labelCosts holds the cost of the cheapest label for each beginning of a code. Codes are bytes in pairs.
type labelCosts map[string]float64

// costs computes the costs of all labels.
func (a *alphabet) costs(of func(Label) float64) (labelCosts, error) {
	costs := labelCosts{}
	for i, code := range a.codes {
		v := of(a.labels[i])
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("the cost of %v is %v, but must be finite", a.labels[i], v)
		}
		for n := range len(code) + 1 {
			key := codeKey(code[:n])
			if least, ok := costs[key]; !ok || v < least {
				costs[key] = v
			}
		}
	}
	return costs, nil
}

// cheapest returns the cost of the cheapest label that begins with a code, +Inf if there is none.
func (c labelCosts) cheapest(code []int16) float64 {
	if v, ok := c[codeKey(code)]; ok {
		return v
	}
	return math.Inf(1)
}

func codeKey(code []int16) string {
	var buffer [32]byte
	key := buffer[:0]
	for _, v := range code {
		key = append(key, byte(v), byte(v>>8))
	}
	return string(key)
}

// nodeLabel returns the code of a node's label, as far as it is decided.
func (p *draftPart) nodeLabel(node int) []int16 {
	return append([]int16{p.ops[node]}, p.fieldsOfNode(node)...)
}

// edgeLabel returns the code of the label of an edge that is present, as far as it is decided.
func (p *draftPart) edgeLabel(from, to int) []int16 {
	return append([]int16{p.edges[triangle(to)+from]}, p.fieldsOfEdge(from, to)...)
}
