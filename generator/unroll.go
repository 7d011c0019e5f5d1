package generator

import "github.com/graphpnas/graphpnas/internal/nn"

// unrolled is a set of generation steps as one graph. Step t of an architecture is the graph of its nodes 0..t: the
// edges among 0..t−1, and the new node t joined to all of them, every edge in both directions. One architecture in
// training is its steps 0..n−1, a batch in sampling is the same step of many prefixes; all are laid side by side.
type unrolled struct {
	graph nn.Graph
	// In the paper's form, rows is the 0/1 adjacency, a row of positions values for each existing node, and state says which row each node of
	// the graph starts from, −1 for a new one.
	rows  []float32
	state []int32
	// place of each row, for its one-hot part.
	place []int32
	// In the causal form, the two rows of the input layer that each node's state starts as the sum of, the second −1
	// where there is none.
	embeddings [][2]int32
	// pairs (t, j) for j = 0..t of each step: every node of the step's graph as target, its new node as source.
	pairFrom, pairTo []int32
	pairClass        []int32 // all zero
	newNode          []int32 // of each step
}

// Edge classes. Those of label l among existing nodes follow, at classOld+l.
const (
	classToNew   = iota
	classFromNew // in the paper's form alone
	classOld
)

// edgeClasses lists the features that are one on the edges of each class, for flags values followed by labels. The flag
// at (1 if u is new, else 0) is one, and the flag at (2 if v is new, else 1).
func edgeClasses(flags, labels int) [][]int {
	withLabel := func(features []int, label int) []int {
		if labels == 0 {
			return features
		}
		return append(features, flags+label)
	}
	classes := [][]int{withLabel([]int{0, 2}, 0), withLabel([]int{1}, 0)}
	for label := range max(labels, 1) {
		classes = append(classes, withLabel([]int{0, 1}, label))
	}
	return classes
}

// oneHotClasses gives each class a feature of its own.
func oneHotClasses(n int) [][]int {
	classes := make([][]int, n)
	for c := range classes {
		classes[c] = []int{c}
	}
	return classes
}

// prefix is the nodes of a part that are settled: edge labels as a lower triangle row by row, 0 for no edge, 1 where
// edges carry no operation.
type prefix []int16

// triangle returns where row n of a lower triangle starts.
func triangle(n int) int { return n * (n - 1) / 2 }

// addRows adds the initial states of nodes 0..n−1 and returns the number of the first.
func (u *unrolled) addRows(p prefix, n, positions int) int {
	first := len(u.place)
	for i := range n {
		start := len(u.rows)
		u.rows = append(u.rows, make([]float32, positions)...)
		for j := range i {
			if p[triangle(i)+j] != 0 {
				u.rows[start+j] = 1
			}
		}
		u.place = append(u.place, int32(i))
	}
	return first
}

// addStep adds step t: the existing nodes start from the rows from firstRow on.
func (u *unrolled) addStep(net *network, p prefix, t, firstRow int) {
	first := int32(u.graph.Nodes)
	for i := range t {
		u.node(i, firstRow+i)
	}
	u.node(t, -1)
	for i := range t {
		for j := range i {
			if label := p[triangle(i)+j]; label != 0 {
				class := net.settledClass(label)
				u.edge(first+int32(j), first+int32(i), class)
				u.edge(first+int32(i), first+int32(j), class)
			}
		}
	}
	newNode := first + int32(t)
	for j := range int32(t) {
		u.edge(first+j, newNode, classToNew)
		u.edge(newNode, first+j, classFromNew)
	}
	for j := range int32(t + 1) {
		u.pair(newNode, first+j)
	}
	u.newNode = append(u.newNode, newNode)
}

func (u *unrolled) node(position, row int) {
	u.graph.Nodes++
	u.graph.Position = append(u.graph.Position, int32(position))
	u.state = append(u.state, int32(row))
}

func (u *unrolled) edge(from, to, class int32) {
	u.graph.From = append(u.graph.From, from)
	u.graph.To = append(u.graph.To, to)
	u.graph.Class = append(u.graph.Class, class)
}
