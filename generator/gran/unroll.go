package gran

import "github.com/graphpnas/graphpnas/internal/nn"

// unrolled is a set of generation steps as one graph, their disjoint union. Step t of an
// architecture is the graph of its nodes 0..t: the edges among 0..t−1, and the new node t connected
// to all of them, with every edge in both directions. Training unrolls the steps 0..n−1 of one
// architecture; sampling unrolls the same step of many prefixes.
type unrolled struct {
	graph nn.Graph
	// hops holds the edges along which each layer of a chain's network passes messages. It is nil
	// for other graphs, whose layers share the edges of graph.
	hops []nn.Graph
	// In the paper's form, first is the graph of the first layer. Existing nodes start from the same
	// states in all steps, so the messages between them are computed once.
	first nn.Graph
	// In the paper's form, rows holds the 0/1 adjacency of each existing node, and state holds the
	// row that each node of the graph starts from, −1 for a new node.
	rows  []float32
	state []int32
	// positions holds the position of each row's node, for its one-hot part.
	positions []int32
	// In the causal form, a node's state starts as the sum of two rows of the input layer; the
	// second is −1 if there is only one. extra holds further rows, for the contents of nodes.
	embeddings [][2]int32
	extra      []extraInput
	// The pairs (t, j) for j = 0..t of each step, from its new node t to every node of its graph.
	pairFrom, pairTo []int32
	pairClass        []int32 // all zero
	newNode          []int32 // new node of each step
	// The decisions whose logits the value heads compute.
	nodeValues, edgeValues []valueRow
	// In the causal form, contexts holds what the heads read besides the states. edgeContexts holds
	// the context of the edges of each step, −1 if there is none.
	contexts     contexts
	edgeContexts []int32
	summed       []summed
}

// Edge classes. The class of label l among existing nodes is classOld+l.
const (
	classToNew   = iota
	classFromNew // only in the paper's form
	classOld
)

// edgeClasses returns the features that are one on the edges u→v of each class: some flags,
// followed by the labels. Flag 1 is set if u is new and flag 0 otherwise; flag 2 is set if v is new
// and flag 1 otherwise.
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

// oneHotClasses gives each class its own feature.
func oneHotClasses(n int) [][]int {
	classes := make([][]int, n)
	for c := range classes {
		classes[c] = []int{c}
	}
	return classes
}

// addRows adds the initial states of nodes 0..n−1 and returns the number of the first.
func (u *unrolled) addRows(p prefix, n, positions int) int {
	first := len(u.positions)
	for i := range n {
		start := len(u.rows)
		u.rows = append(u.rows, make([]float32, positions)...)
		for j := range i {
			if p[triangle(i)+j] != 0 {
				u.rows[start+j] = 1
			}
		}
		u.positions = append(u.positions, int32(i))
	}
	return first
}

// addStep adds step t, whose existing nodes start from consecutive rows beginning at firstRow.
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
	newNode, own := first+int32(t), len(u.graph.From)
	for j := range int32(t) {
		u.edge(first+j, newNode, classToNew)
		u.edge(newNode, first+j, classFromNew)
	}
	u.addOwn(own)
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
