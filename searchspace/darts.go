package searchspace

import (
	"fmt"
	"strconv"
)

var _ interface {
	Space
	Notation
	Explainer
} = DARTS{}

// DARTS is the space of convolutional cells of DARTS (Liu, Simonyan & Yang 2019, arXiv 1806.09055):
// pairs of a normal and a reduction cell, each a part. Nodes 0 and 1 of a cell are the outputs of
// the two preceding cells, the earlier one first. Each intermediate node after them sums two
// earlier nodes, each passed through one of seven operations, and the output of the cell is the
// concatenation of all intermediate nodes. Intermediate node i = 0, 1, … has C(2+i, 2) possible
// pairs of inputs and 7² pairs of operations.
//
// The zero DARTS is the paper's, with four intermediate nodes: 1,037,664,180 ordered cells, about
// 10¹⁸ pairs of them. NewDARTS returns a space with another number of nodes. Small ones can be
// listed with Enumerate.
type DARTS struct {
	made *Sequential // nil for dartsCells
}

// dartsInputs is the number of input nodes of a cell, and dartsReads the number of nodes that each
// other node reads.
const (
	dartsInputs = 2
	dartsReads  = 2
)

// dartsOps lists the operations in the published order.
var dartsOps = []string{
	"none", "max_pool_3x3", "avg_pool_3x3", "skip_connect", "sep_conv_3x3", "sep_conv_5x5", "dil_conv_3x3", "dil_conv_5x5",
}

var dartsCells = must(newDARTS(4))

// NewDARTS returns the space of pairs of cells with the given number of intermediate nodes each, at
// least one.
func NewDARTS(nodes int) (DARTS, error) {
	s, err := newDARTS(nodes)
	return DARTS{s}, err
}

func newDARTS(nodes int) (*Sequential, error) {
	if nodes < 1 {
		return nil, fmt.Errorf("a DARTS cell must have at least 1 intermediate node, got %d", nodes)
	}
	cell := Part{MaxNodes: dartsInputs + nodes, EdgeOps: dartsOps}
	s, err := newSequential("darts-"+strconv.Itoa(nodes), cell.Copies("normal", "reduce"), forgetful{Rule: trusted{RuleFunc(dartsRule)}})
	if err != nil {
		return nil, err
	}
	return s.WithReason(dartsReason), nil
}

// dartsReason describes what is wrong with the inputs of a node.
func dartsReason(a Arch, refused Step) string {
	g, reads := a.parts[refused.Part], 0
	for from := range refused.Node {
		if g.HasEdge(from, refused.Node) {
			reads++
		}
	}
	if refused.Node < dartsInputs {
		return fmt.Sprintf("part %q: node %d is an input of the cell and must not read other nodes, but there is an edge %d→%[2]d",
			g.name, refused.Node, refused.From)
	}
	return fmt.Sprintf("part %q: node %d must read %d earlier nodes, got %d", g.name, refused.Node, dartsReads, reads)
}

// dartsRule makes each intermediate node read two earlier ones.
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

// Name returns "darts-" followed by the number of intermediate nodes.
func (s DARTS) Name() string { return s.sequential().Name() }

// Parts returns the cells, "normal" and "reduce".
func (s DARTS) Parts() []Part { return s.sequential().Parts() }

// Key returns the genotype with each cell's intermediate nodes in canonical order. Cells that
// differ only in the order of their nodes are equal, because later cells read all of them in the
// same way.
func (s DARTS) Key(a Arch) string {
	if s.Validate(a) != nil {
		return a.String()
	}
	return formatGenotype(canonical(a.parts[0], dartsInputs), canonical(a.parts[1], dartsInputs))
}

// Validate returns nil if a is a pair of cells of the space.
func (s DARTS) Validate(a Arch) error { return s.sequential().Validate(a) }

// Explain implements [Explainer].
func (s DARTS) Explain(a Arch, refused Step) string { return s.sequential().Explain(a, refused) }

// Start returns a Builder for a new pair of cells.
func (s DARTS) Start() Builder { return s.sequential().Start() }

// Format returns the cells as a genotype, in the notation of DARTS's published program:
//
//	Genotype(normal=[('sep_conv_3x3', 0), …], normal_concat=range(2, 6), reduce=[…], reduce_concat=range(2, 6))
//
// Each intermediate node has two pairs of an operation and the node that it is applied to, the
// lower node first. An architecture that is not in the space is formatted with Arch.String.
func (s DARTS) Format(a Arch) string {
	if s.Validate(a) != nil {
		return a.String()
	}
	return formatGenotype(a.parts[0], a.parts[1])
}

// Parse reads a genotype as printed by Python or written in a program. The two pairs of a node may
// be in either order. All pairs may be in one list, or those of each node in a list of their own,
// and a pair may end with a weight, as GDAS prints it. Numbers may be numpy's, names may have
// single or double quotes, and white space does not matter. Fields may be in any order or in a
// dictionary. The concatenated nodes, which must be all intermediate ones, may be a range or a
// list. A name before the genotype ("DARTS_V2 = …") and fields that are None are ignored.
func (s DARTS) Parse(text string) (Arch, error) {
	a, err := readGenotype(bare(text), s.Parts())
	if err != nil {
		return Arch{}, fmt.Errorf("%s: %w: %.400q: %w", s.Name(), ErrInvalid, text, err)
	}
	return a, nil
}
