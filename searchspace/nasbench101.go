package searchspace

import "iter"

var _ interface {
	Space
	Enumerator
} = NASBench101{}

// NASBench101 is the cell space of NAS-Bench-101 (Ying et al. 2019, arXiv 1902.09635): 2 to 7 nodes, the first the
// input, the last the output, the others one of three operations; at most 9 edges; every node on a path from input to
// output. It has 423,624 cells up to isomorphism, which are 1,293,208 ordered ones.
type NASBench101 struct{}

// The published limits, and the order of the operations in nasBench101.
const (
	nb101Nodes  = 7
	nb101Edges  = 9
	nb101Input  = 0
	nb101Output = 4
)

var nasBench101 = must(newSequential("nasbench101", []Part{{
	Name:     "cell",
	MaxNodes: nb101Nodes,
	NodeOps:  []string{"input", "conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3", "output"},
	Last:     "output",
}}, trusted{nasBench101Rule}))

// Name returns "nasbench101".
func (NASBench101) Name() string { return nasBench101.Name() }

// Parts returns the one part, "cell".
func (NASBench101) Parts() []Part { return nasBench101.Parts() }

// Validate tells whether a is a legal cell. A cell with nodes that are on no path from input to output is not, though
// the benchmark would prune it.
func (NASBench101) Validate(a Arch) error { return nasBench101.Validate(a) }

// Start begins a cell.
func (NASBench101) Start() Builder { return nasBench101.Start() }

// All yields the 1,293,208 legal ordered cells.
func (NASBench101) All() iter.Seq[Arch] { return members(nasBench101) }

var (
	nb101First         = []int{nb101Input}
	nb101InnerOrOutput = []int{1, 2, 3, nb101Output}
	nb101Last          = []int{nb101Output}
	absentEdge         = bothValues[:1:1]
	presentEdge        = bothValues[1:]
)

// nasBench101Rule allows what the cheapest completion can still bring to an end within nine edges. The cheapest way to
// end is one edge for every node that dangles (has no out-edge yet), for each of them must get one: an inner node that
// takes k of the dangling ones leaves one more dangling itself, so the total does not grow by it, but every edge from a
// node that does not dangle costs one more. Node t−1 always dangles when node t begins, so an inner node can always
// have its one in-edge.
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

// nb101Count returns how many edges there are, and how many nodes before t have no out-edge, those into t counted.
func nb101Count(sofar *Draft, t int) (edges, dangling int) {
	for j := range t {
		edges += nb101InDegree(sofar, j)
		if nb101Dangles(sofar, j, t) {
			dangling++
		}
	}
	return edges + nb101InDegree(sofar, t), dangling
}

// nb101InDegree counts the edges into node t that are decided.
func nb101InDegree(sofar *Draft, t int) int {
	n := 0
	for j := range t {
		if sofar.HasEdge(0, j, t) {
			n++
		}
	}
	return n
}

// nb101Dangles tells whether node j feeds none of the nodes up to t.
func nb101Dangles(sofar *Draft, j, t int) bool {
	for v := j + 1; v <= t; v++ {
		if sofar.HasEdge(0, j, v) {
			return false
		}
	}
	return true
}
