package gran

// addCausal adds a graph of the causal form: its settled nodes 0..settled−1 and, for each step
// lo..hi−1 with hi ≤ settled+1, a node that reads all settled nodes before it.
func (u *unrolled) addCausal(net *network, c *content, settled, lo, hi int) {
	first := int32(u.graph.Nodes)
	for i := range settled {
		u.extra = net.appendCarried(u.extra, first+int32(i), c, i)
		u.embed(i, net.settledRows(i))
		for j := range i {
			if label := c.edges[triangle(i)+j]; label != 0 {
				u.edge(first+int32(j), first+int32(i), net.settledClass(label))
			}
		}
	}
	for t := lo; t < hi; t++ {
		query := int32(u.graph.Nodes)
		u.embed(t, net.queryRows(t))
		for j := range int32(t) {
			u.edge(first+j, query, classToNew)
			u.pair(query, first+j)
		}
		u.pair(query, query)
		u.newNode = append(u.newNode, query)
	}
}

// embed adds a node that starts from two rows of the input layer.
func (u *unrolled) embed(position int, rows [2]int32) {
	u.graph.Nodes++
	u.graph.Position = append(u.graph.Position, int32(position))
	u.embeddings = append(u.embeddings, rows)
}

func (u *unrolled) pair(from, to int32) {
	u.pairFrom, u.pairTo, u.pairClass = append(u.pairFrom, from), append(u.pairTo, to), append(u.pairClass, 0)
}

// settledRows returns the embedding of settled node i, that of its position.
func (net *network) settledRows(i int) [2]int32 { return [2]int32{int32(i), -1} }

// extraInput is a row of the input layer that is added to a node's initial state.
type extraInput struct {
	node, row int32
	scale     float32
}

// appendCarried appends the embeddings of the contents of settled node i, which has the given
// number in the graph: its operation, its fields, and the mean over its edges of the embeddings of
// their fields.
func (net *network) appendCarried(dst []extraInput, number int32, c *content, i int) []extraInput {
	var buffer [16]int32
	share := 1 / float32(max(c.inDegree(i), 1))
	for _, row := range net.decided.appendNode(buffer[:0], c, i) {
		switch {
		case int(row) < net.decided.ofEdges:
			dst = append(dst, extraInput{number, int32(net.carried) + row, 1})
		case int(row) < net.decided.edges:
			dst = append(dst, extraInput{number, int32(net.carried) + row, share})
		}
	}
	return dst
}

// queryRows returns the embeddings of the query state of node t: its position and the marker of a
// new node.
func (net *network) queryRows(t int) [2]int32 {
	return [2]int32{int32(t), int32(net.part.MaxNodes)}
}

// settledClass returns the class of an edge with the given label between settled nodes.
func (net *network) settledClass(label int16) int32 {
	if net.edgeLabels == 0 {
		return classOld
	}
	return classOld + int32(label)
}
