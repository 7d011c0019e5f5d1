package network

import (
	"math"

	"github.com/graphpnas/graphpnas/internal/conv"
)

// Balance multiplies the weights and biases of each layer by a power of two, such that values of positive weights stay near 1
// in a deep network, where they would soon be beyond float32. The logits of any images are then 2^-exponent times
// as large, and so is each weight's product with a gradient of theirs: the network computes the same otherwise, since its other
// operations pass a positive factor on (Neyshabur, Salakhutdinov & Srebro 2015, Path-SGD, arXiv 1506.02617). Values that are
// connected without a convolution or linear layer between them, by a skip connection for instance, have one factor.
//
// The error wraps ErrShape where the network normalises, see [WithoutNorms].
func (n *Network) Balance() (exponent int, err error) {
	magnitudes, groups := make([]float64, len(n.plan.sizes)), newGroups(len(n.plan.sizes))
	for _, node := range n.plan.live {
		if _, ok := node.layer.(*norm); ok {
			return 0, n.errorf("%w: batch normalisation cannot be balanced", ErrShape)
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

// magnitude estimates the logarithm to base 2 of a node's mean output for positive weights and images of ones.
func (n *Network) magnitude(node *node, of []float64) float64 {
	most, total := math.Inf(-1), 0.0
	for _, v := range node.inputs {
		most = max(most, of[v])
	}
	if math.IsInf(most, -1) {
		return most // zero
	}
	for i, v := range node.inputs {
		total += n.share(node, i) * math.Exp2(of[v]-most)
	}
	return most + math.Log2(total)
}

// share is what a node multiplies the values of an input by, on average.
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

// gain is the mean sum of the weights of a channel of the output.
func (n *Network) gain(node *node) float64 {
	total := 0.0
	for _, w := range n.param(node, 0) {
		total += math.Abs(float64(w))
	}
	return total / float64(n.plan.sizes[node.output].Channels)
}

// coverage is the share of a window's pixels that are inside the image, where it has so many rows, or columns.
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

// weighs tells whether the node is a layer whose weights take a factor of their own.
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

// groups are of values that have one factor. Each value leads to another one of its group, at last to itself.
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

// exponents is halfway between those of the largest and the smallest value of each value's group, and 0 for the images' and
// for zeros.
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
