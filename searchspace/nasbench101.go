package searchspace

import (
	"errors"
	"fmt"
	"iter"
)

var _ interface {
	Space
	Enumerator
	Parser
	Explainer
} = NASBench101{}

// NASBench101 is the cell space of NAS-Bench-101 (Ying et al. 2019, arXiv 1902.09635). A cell has 2
// to 7 nodes and at most 9 edges. The first node is the input, the last is the output, and each
// other node has one of three operations. Every node is on a path from input to output. There are
// 423,624 cells up to isomorphism and 1,293,208 ordered ones. [NASBench101Cell] converts a matrix
// to a cell.
type NASBench101 struct{}

// The published limits, and the order of the operations in nasBench101.
const (
	nb101Nodes  = 7
	nb101Edges  = 9
	nb101Input  = 0
	nb101Output = 4
)

var nb101Ops = []string{"input", "conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3", "output"}

var nasBench101 = must(newSequential("nasbench101", []Part{{
	Name:     "cell",
	MaxNodes: nb101Nodes,
	NodeOps:  nb101Ops,
	Last:     "output",
}}, trusted{RuleFunc(nasBench101Rule)})).WithReason(nb101Reason)

// Name returns "nasbench101".
func (NASBench101) Name() string { return nasBench101.Name() }

// Parts returns the only part, "cell".
func (NASBench101) Parts() []Part { return nasBench101.Parts() }

// Validate returns nil if a is a valid cell. A cell with nodes that are not on a path from input to
// output is not valid, although the benchmark would prune it; [NASBench101Cell] does so.
func (NASBench101) Validate(a Arch) error { return nasBench101.Validate(a) }

// Explain implements [Explainer].
func (NASBench101) Explain(a Arch, refused Step) string { return nasBench101.Explain(a, refused) }

// Start returns a Builder for a new cell.
func (NASBench101) Start() Builder { return nasBench101.Start() }

// All yields the 1,293,208 valid ordered cells.
func (NASBench101) All() iter.Seq[Arch] { return members(nasBench101) }

var (
	nb101First         = []int{nb101Input}
	nb101InnerOrOutput = []int{1, 2, 3, nb101Output}
	nb101Last          = []int{nb101Output}
	absentEdge         = bothValues[:1:1]
	presentEdge        = bothValues[1:]
)

// nasBench101Rule allows a value if the cell can still be completed with at most nine edges. The
// cheapest completion has one edge for every dangling node (one without an outgoing edge), because
// each of them must get one. An inner node that reads k dangling nodes dangles itself, so the total
// stays the same, but every edge from a node that does not dangle adds one. Node t−1 always dangles
// when node t begins, so an inner node can always have the one incoming edge it needs.
func nasBench101Rule(sofar *Draft, d Decision) []int {
	t := d.Node
	if d.Kind == NodeOp {
		if t == 0 {
			return nb101First
		}
		edges, dangling := nb101Count(sofar, t)
		if t < nb101Nodes-1 && edges+dangling+1 <= nb101Edges {
			return nb101InnerOrOutput
		}
		return nb101Last
	}
	edges, dangling := nb101Count(sofar, t)
	total := edges + dangling
	isOutput := sofar.NodeOp(0, t) == nb101Output
	if !isOutput {
		total++
	}
	if nb101Dangles(sofar, d.From, t) {
		if isOutput || d.From == t-1 && nb101InDegree(sofar, t) == 0 {
			return presentEdge
		}
		return bothValues
	}
	if total+1 > nb101Edges {
		return absentEdge
	}
	return bothValues
}

// nb101Count returns the number of edges, and the number of nodes before t without an outgoing
// edge, both counting edges into t.
func nb101Count(sofar *Draft, t int) (edges, dangling int) {
	for j := range t {
		edges += nb101InDegree(sofar, j)
		if nb101Dangles(sofar, j, t) {
			dangling++
		}
	}
	return edges + nb101InDegree(sofar, t), dangling
}

// nb101InDegree counts the decided edges into node t.
func nb101InDegree(sofar *Draft, t int) int {
	n := 0
	for j := range t {
		if sofar.HasEdge(0, j, t) {
			n++
		}
	}
	return n
}

// nb101Dangles reports whether no node up to t reads node j.
func nb101Dangles(sofar *Draft, j, t int) bool {
	for v := j + 1; v <= t; v++ {
		if sofar.HasEdge(0, j, v) {
			return false
		}
	}
	return true
}

var errNB101NoPath = errors.New("no path leads from the input, node 0, to the output, the last node")

// nb101Reason describes the published rule that a cell breaks.
func nb101Reason(a Arch, _ Step) string {
	g := a.parts[0]
	for v := range g.n {
		if isInput := g.NodeOp(v) == nb101Ops[nb101Input]; isInput != (v == 0) {
			return fmt.Sprintf("node 0 and no other must be %q, but node %d is %q", nb101Ops[nb101Input], v, g.NodeOp(v))
		}
	}
	matrix := make([][]int, g.n)
	for u := range matrix {
		matrix[u] = make([]int, g.n)
		for v := range matrix[u] {
			if g.HasEdge(u, v) {
				matrix[u][v] = 1
			}
		}
	}
	kept := onPath(matrix)
	if kept == nil {
		return errNB101NoPath.Error()
	}
	for v := range g.n {
		if v == len(kept) || kept[v] != v {
			return fmt.Sprintf("node %d must be on a path from input to output; NASBench101Cell prunes such nodes", v)
		}
	}
	return fmt.Sprintf("a cell must have at most %d edges, got %d", nb101Edges, g.NumEdges())
}
