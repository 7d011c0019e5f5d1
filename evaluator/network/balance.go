package network

import (
	"math"

	"github.com/graphpnas/graphpnas/internal/conv"
)

// Balance multiplies the weights and biases of each layer by a power of two, so that the values in a deep network with
// positive weights stay near 1 instead of exceeding the range of float32. It scales all logits, and the product of each
// weight and the gradient of a logit with respect to it, by 2^-exponent. Otherwise the network computes the same
// function, because its other operations commute with positive factors (Neyshabur, Salakhutdinov & Srebro 2015,
// Path-SGD, arXiv 1506.02617). Values that are connected without a convolution or linear layer between them, for
// example by a skip connection, are scaled by the same factor.
//
// Balance returns an error that wraps [ErrShape] if the network has batch normalization; see [WithoutNorms].
func (n *Network) Balance() (exponent int, err error) {
	magnitudes, groups := make([]float64, len(n.plan.sizes)), newGroups(len(n.plan.sizes))
	for _, node := range n.plan.live {
		if _, ok := node.layer.(*norm); ok {
			return 0, n.errorf("%w: batch normalization cannot be balanced", ErrShape)
		}
		magnitudes[node.output] = n.magnitude(node, magnitudes)
		if !node.weighs() {
			for _, v := range node.inputs {
				groups.join(v, node.output)
			}
		}
	}
	exponents := groups.exponents(magnitudes)
	for _, node := range n.plan.live {
		if !node.weighs() {
			continue
		}
		to := exponents[node.output]
		scale(n.param(node, 0), exponents[node.inputs[0]]-to)
		if len(node.params) > 1 {
			scale(n.param(node, 1), -to)
		}
	}
	return exponents[n.plan.logits], nil
}

// magnitude estimates the base-2 logarithm of a node's mean output for positive weights and images of ones.
func (n *Network) magnitude(node *node, of []float64) float64 {
	most, total := math.Inf(-1), 0.0
	for _, v := range node.inputs {
		most = max(most, of[v])
	}
	if math.IsInf(most, -1) {
		return most // the output is zero
	}
	for i, v := range node.inputs {
		total += n.share(node, i) * math.Exp2(of[v]-most)
	}
	return most + math.Log2(total)
}

// share returns the mean factor by which a node multiplies the values of an input.
func (n *Network) share(node *node, i int) float64 {
	sizes := n.plan.sizes
	in, out := sizes[node.inputs[i]], sizes[node.output]
	switch l := node.layer.(type) {
	case dense:
		return n.gain(node) * coverage(l.Window, in.Height, out.Height) * coverage(l.Window, in.Width, out.Width)
	case depthwise:
		return n.gain(node) * coverage(l.Window, in.Height, out.Height) * coverage(l.Window, in.Width, out.Width)
	case linear:
		return n.gain(node)
	case sum:
		return float64(l.factor)
	case weightedSum:
		return float64(sigmoid(n.param(node, 0)[i]))
	case concat:
		return float64(in.Channels) / float64(out.Channels)
	}
	return 1
}

// gain returns the mean, over the output channels, of the sum of a channel's weights.
func (n *Network) gain(node *node) float64 {
	total := 0.0
	for _, w := range n.param(node, 0) {
		total += math.Abs(float64(w))
	}
	return total / float64(n.plan.sizes[node.output].Channels)
}

// coverage returns the mean fraction of a window's rows (or columns) that are inside an image of in rows (or columns).
func coverage(w conv.Window, in, out int) float64 {
	inside := 0
	for o := range out {
		for k := range w.Size {
			if at := o*w.Stride + k*w.Dilation - w.Padding; at >= 0 && at < in {
				inside++
			}
		}
	}
	return float64(inside) / float64(out*w.Size)
}

// weighs reports whether the node has weights that can be scaled independently.
func (n *node) weighs() bool {
	switch n.layer.(type) {
	case dense, depthwise, linear:
		return true
	}
	return false
}

func (n *Network) param(node *node, i int) []float32 {
	p := node.params[i]
	return n.weights.Params[n.plan.offsets[p]:][:n.plan.params[p].Size()]
}

func scale(x []float32, exponent int) {
	for i, v := range x {
		x[i] = float32(math.Ldexp(float64(v), exponent))
	}
}

// groups is a union-find structure of values that are scaled by the same factor. Each element is the value's parent.
type groups []int

func newGroups(n int) groups {
	g := make(groups, n)
	for v := range g {
		g[v] = v
	}
	return g
}

func (g groups) find(v int) int {
	for g[v] != v {
		v = g[v]
	}
	return v
}

func (g groups) join(v, w int) { g[g.find(v)] = g.find(w) }

// exponents returns, for each value, the middle between the largest and the smallest magnitude of
// its group. It is 0 for the group of the images and for values that are zero.
func (g groups) exponents(magnitudes []float64) []int {
	largest, smallest := make([]float64, len(g)), make([]float64, len(g))
	for v := range g {
		largest[v], smallest[v] = math.Inf(-1), math.Inf(1)
	}
	for v, m := range magnitudes {
		if root := g.find(v); !math.IsInf(m, -1) {
			largest[root], smallest[root] = max(largest[root], m), min(smallest[root], m)
		}
	}
	images, exponents := g.find(0), make([]int, len(g))
	for v := range g {
		if root := g.find(v); root != images && largest[root] >= smallest[root] {
			exponents[v] = int(math.Round((largest[root] + smallest[root]) / 2))
		}
	}
	return exponents
}
