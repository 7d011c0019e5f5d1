package train

import (
	"fmt"

	G "gorgonia.org/gorgonia"
)

// machine runs a Gorgonia graph on the goroutine that calls RunAll. Gorgonia's own machines pass
// every run to another goroutine and lock the caller's thread, which must be woken at the end; that
// can take as long as a step of a small network. Operations must return the same value in every
// run, as those of gnn.Apply do, or allocate.
type machine struct {
	values       []G.Value // values of the nodes, each after its operands
	instructions []instruction
	numbers      map[*G.Node]int
}

var _ G.VM = (*machine)(nil)

// instruction computes the value of a node.
type instruction struct {
	op       G.Op
	operands []int
	result   int
}

// newMachine returns a machine that computes the given nodes of a graph.
func newMachine(graph *G.ExprGraph, results ...*G.Node) (*machine, error) {
	m := &machine{numbers: map[*G.Node]int{}}
	for _, n := range results {
		if err := m.add(graph, n); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// add adds a node after its operands.
func (m *machine) add(graph *G.ExprGraph, n *G.Node) error {
	if _, ok := m.numbers[n]; ok {
		return nil
	}
	var operands []int
	for children := graph.From(n.ID()); children.Next(); {
		child := children.Node().(*G.Node)
		if err := m.add(graph, child); err != nil {
			return err
		}
		operands = append(operands, m.numbers[child])
	}
	number := len(m.values)
	m.numbers[n], m.values = number, append(m.values, n.Value())
	if n.Value() == nil {
		if n.Op() == nil {
			return fmt.Errorf("node %v has neither a value nor an operation", n)
		}
		m.instructions = append(m.instructions, instruction{n.Op(), operands, number})
	}
	return nil
}

// value returns the value of a node after a run.
func (m *machine) value(n *G.Node) G.Value { return m.values[m.numbers[n]] }

// RunAll computes all nodes.
func (m *machine) RunAll() error {
	var buffer [4]G.Value
	for _, i := range m.instructions {
		operands := buffer[:0]
		for _, k := range i.operands {
			operands = append(operands, m.values[k])
		}
		v, err := i.op.Do(operands...)
		if err != nil {
			return err
		}
		m.values[i.result] = v
	}
	return nil
}

// Reset does nothing, because no run depends on an earlier one.
func (m *machine) Reset() {}

// Close does nothing.
func (m *machine) Close() error { return nil }
