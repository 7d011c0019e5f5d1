package gran

import (
	"iter"

	"github.com/graphpnas/graphpnas/internal/nn"
)

// addChain adds the given number of nodes of a chain, each with one state. Only the last node is a
// step, or every node if all is set.
func (u *unrolled) addChain(net *network, c *content, nodes int, all bool) {
	first := u.graph.Nodes
	for t := range nodes {
		u.extra = net.appendBefore(u.extra, int32(first+t), c, t)
		u.embed(t, [2]int32{int32(t), -1})
		if all || t == nodes-1 {
			u.newNode = append(u.newNode, int32(first+t))
		}
	}
	for len(u.hops) < len(net.layers) {
		u.hops = append(u.hops, nn.Graph{})
	}
	for layer := range u.hops {
		g := &u.hops[layer]
		g.Nodes, g.Position = u.graph.Nodes, u.graph.Position
		for t := range nodes {
			for from := range net.hops(layer, t) {
				g.From, g.To, g.Class = append(g.From, int32(first+from)), append(g.To, int32(first+t)), append(g.Class, 0)
			}
		}
	}
}

// messages returns the graph along which a layer passes messages.
func (u *unrolled) messages(layer int) *nn.Graph {
	switch {
	case u.hops != nil:
		return &u.hops[layer]
	case layer == 0 && u.first.Nodes > 0:
		return &u.first
	}
	return &u.graph
}

// hops yields the nodes of a chain that node t reads in a layer: t − d·stride for d = 1, …,
// radix−1. There is a layer for each digit of a distance between nodes, so across all layers every
// node reaches every later one.
func (net *network) hops(layer, t int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for d := 1; d < net.radix && d*net.strides[layer] <= t; d++ {
			if !yield(t - d*net.strides[layer]) {
				return
			}
		}
	}
}

// setStrides sets the radix to the smallest one for which distances between nodes have at most as
// many digits as there are layers. The strides of the layers cycle through its powers.
func (net *network) setStrides() {
	n := net.part.MaxNodes
	for net.radix = 2; digits(n, net.radix) > len(net.layers); net.radix++ {
	}
	stride := 1
	for range net.layers {
		if stride >= n {
			stride = 1
		}
		net.strides = append(net.strides, stride)
		stride *= net.radix
	}
}

// digits returns the number of digits of n−1, the largest distance between n nodes, or 0 for a
// single node.
func digits(n, radix int) (k int) {
	for n--; n > 0; n /= radix {
		k++
	}
	return k
}

// beforeScale scales what a node of a chain reads of the previous node. At full scale, a network
// trained on the few architectures of a search memorizes them.
const beforeScale = 0.1

// appendBefore appends what node t of a chain, which has the given number in the graph, reads of
// the previous node: the embeddings of its contents.
func (net *network) appendBefore(dst []extraInput, number int32, c *content, t int) []extraInput {
	if t == 0 {
		return dst
	}
	first := len(dst)
	dst = net.appendCarried(dst, number, c, t-1)
	for i := range dst[first:] {
		dst[first+i].scale *= beforeScale
	}
	return dst
}

// settled returns the number in the graph of the source of an edge, given its target, in a graph of
// all steps of an architecture.
func (u *unrolled) settled(net *network, node, from int) int32 {
	if net.chain {
		return u.newNode[from]
	}
	return u.pairTo[triangle(node+1)+from]
}
