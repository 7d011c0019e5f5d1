package searchspace

import (
	"fmt"
	"strconv"
)

var _ interface {
	Space
	Notation
} = DARTS{}

// DARTS is the space of convolutional cells of DARTS (Liu, Simonyan & Yang 2019, arXiv 1806.09055) as it writes down what
// it has found: a normal and a reduction cell, a part each. In a cell nodes 0 and 1 are the outputs of the cell before the
// previous one and of the previous one. Each of the intermediate nodes after them sums two earlier nodes, each through one
// of seven operations, and the cell's output is all intermediate nodes, concatenated. An intermediate node i = 0, 1, … has
// C(2+i, 2) pairs of nodes to read and 7² pairs of operations.
//
// The zero DARTS is the paper's, of four intermediate nodes: 1,037,664,180 ordered cells, about 10¹⁸ pairs of them. NewDARTS
// makes one of any other number. Small ones can be listed with Enumerate.
type DARTS struct {
	made *Sequential // nil: dartsCells
}

// dartsInputs are the nodes that a cell starts from, and dartsReads how many each of the others reads.
const (
	dartsInputs = 2
	dartsReads  = 2
)

// dartsOps are the operations in the published order.
var dartsOps = []string{
	"none", "max_pool_3x3", "avg_pool_3x3", "skip_connect", "sep_conv_3x3", "sep_conv_5x5", "dil_conv_3x3", "dil_conv_5x5",
}

var dartsCells = must(newDARTS(4))

// NewDARTS makes the space of pairs of cells with the given number of intermediate nodes each, at least one.
func NewDARTS(nodes int) (DARTS, error) {
	s, err := newDARTS(nodes)
	return DARTS{s}, err
}

func newDARTS(nodes int) (*Sequential, error) {
	if nodes < 1 {
		return nil, fmt.Errorf("DARTS space of cells with %d intermediate nodes", nodes)
	}
	cell := func(name string) Part {
		return Part{Name: name, MaxNodes: dartsInputs + nodes, EdgeOps: dartsOps}
	}
	return newSequential("darts-"+strconv.Itoa(nodes), []Part{cell("normal"), cell("reduce")}, forgetful{Rule: trusted{dartsRule}})
}

// dartsRule lets a node read as many as it is to, of those that are left.
func dartsRule(sofar *Draft, d Decision) []int {
	if d.Kind == EdgeOp {
		return d.Allowed
	}
	if d.Node < dartsInputs {
		return absentEdge
	}
	missing := dartsReads
	for from := range d.From {
		if sofar.HasEdge(d.Part, from, d.Node) {
			missing--
		}
	}
	switch missing {
	case 0:
		return absentEdge
	case d.Node - d.From:
		return presentEdge
	}
	return d.Allowed
}

func (s DARTS) sequential() *Sequential {
	if s.made == nil {
		return dartsCells
	}
	return s.made
}

// Name returns "darts-" and the number of intermediate nodes.
func (s DARTS) Name() string { return s.sequential().Name() }

// Parts returns the cells, "normal" and "reduce".
func (s DARTS) Parts() []Part { return s.sequential().Parts() }

// Key is the genotype with each cell's intermediate nodes in a canonical order: cells that differ in the order of their
// nodes alone are the same, since what comes after a cell reads all of them alike.
func (s DARTS) Key(a Arch) string {
	if s.Validate(a) != nil {
		return a.String()
	}
	return formatGenotype(canonical(a.parts[0], dartsInputs), canonical(a.parts[1], dartsInputs))
}

// Validate tells whether a is a pair of cells of the space.
func (s DARTS) Validate(a Arch) error { return s.sequential().Validate(a) }

// Start begins a pair of cells.
func (s DARTS) Start() Builder { return s.sequential().Start() }

// Format writes the cells as a genotype, as DARTS's published program does:
//
//	Genotype(normal=[('sep_conv_3x3', 0), …], normal_concat=range(2, 6), reduce=[…], reduce_concat=range(2, 6))
//
// Each intermediate node in turn has two pairs of an operation and the node that it is applied to, the lower node first.
// What is not of the space is written as Arch.String does.
func (s DARTS) Format(a Arch) string {
	if s.Validate(a) != nil {
		return a.String()
	}
	return formatGenotype(a.parts[0], a.parts[1])
}

// Parse reads a genotype as it stands in a Python program: the two pairs of a node in either order, names in single or
// double quotes, white space anywhere, and the nodes that are concatenated, which are all the intermediate ones, as a
// range or a list.
func (s DARTS) Parse(text string) (Arch, error) {
	a, err := readGenotype(text, s.Parts())
	if err != nil {
		return Arch{}, fmt.Errorf("%s: %w: %q: %w", s.Name(), ErrInvalid, text, err)
	}
	return a, nil
}
