package draw

import (
	"fmt"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/searchspace"
)

// operations are the node operations of the space. Each has a name with a format of its numbers, and the number of values, from 1 on,
// of each number.
var operations = []struct {
	format string
	ranges []int
}{
	{"conv %d %d %d %d", []int{3, 3, 3, 6}}, // half the kernel size, stride, dilation, channels
	{"depthwise %d %d %d", []int{3, 3, 3}},
	{"linear %d", []int{6}},
	{"norm", nil},
	{"relu", nil},
	{"max %d %d", []int{5, 3}}, // window, stride
	{"avg %d %d", []int{5, 3}},
	{"global", nil},
	{"subsample %d %d", []int{3, 3}}, // stride, first pixel plus 1
	{"sum", nil},
	{"average", nil},
	{"weighted", nil},
	{"concat", nil},
	{"first %d", []int{5}},
	{"zero", nil},
}

// chain draws an architecture of the space: a graph in which each node reads the previous one and some others.
func chain(rng *rand.Rand) (searchspace.Arch, error) {
	ops := []string{"images"}
	var edges []searchspace.Edge
	for node := 1; node <= 2+rng.IntN(18); node++ {
		o := operations[rng.IntN(len(operations))]
		numbers := make([]any, len(o.ranges))
		for i, n := range o.ranges {
			numbers[i] = 1 + rng.IntN(n)
		}
		ops = append(ops, fmt.Sprintf(o.format, numbers...))
		for from := range node {
			if from == node-1 || rng.IntN(3) == 0 {
				edges = append(edges, searchspace.Edge{From: from, To: node})
			}
		}
	}
	g, err := searchspace.NewDAG("chain", len(ops), ops, edges)
	if err != nil {
		return searchspace.Arch{}, err
	}
	return searchspace.NewArch(g), nil
}

// everything is the design of the space.
func everything(b *network.Builder, a searchspace.Arch) (network.Value, error) {
	g, values := a.Part(0), []network.Value{b.Images()}
	for node := 1; node < g.Len(); node++ {
		var inputs []network.Value
		for from := range node {
			if g.HasEdge(from, node) {
				inputs = append([]network.Value{values[from]}, inputs...) // nearest first
			}
		}
		values = append(values, apply(b.In("node%d", node), g.NodeOp(node), inputs))
	}
	return b.Linear("head", b.GlobalAvgPool(values[len(values)-1]), b.Classes()), nil
}

// apply adds a node's operation. Inputs whose shape differs from the first one's are ignored.
func apply(b *network.Builder, op string, inputs []network.Value) network.Value {
	x := inputs[0]
	if y, ok := combine(b, op, inputs); ok {
		return y
	}
	var name string
	var n [4]int
	_, _ = fmt.Sscan(op, &name, &n[0], &n[1], &n[2], &n[3]) // most operations have fewer numbers
	switch name {
	case "conv":
		return b.Conv("conv", x, n[3], network.Kernel{Size: 2*n[0] - 1, Stride: n[1], Dilation: n[2]})
	case "depthwise":
		return b.Depthwise("conv", x, network.Kernel{Size: 2*n[0] - 1, Stride: n[1], Dilation: n[2]})
	case "linear":
		return b.Linear("linear", b.GlobalAvgPool(x), n[0])
	case "norm":
		return b.BatchNorm("norm", x)
	case "relu":
		return b.ReLU(x)
	case "max":
		return b.MaxPool(x, n[0], n[1])
	case "avg":
		return b.AvgPool(x, n[0], n[1])
	case "global":
		return b.GlobalAvgPool(x)
	case "subsample":
		return b.Subsample(x, n[0], (n[1]-1)%n[0])
	case "first":
		return b.First(x, min(n[0], x.Channels()))
	default: // zero
		return b.Zero(x)
	}
}

// combine applies an operation of several inputs.
func combine(b *network.Builder, op string, inputs []network.Value) (network.Value, bool) {
	var alike, joined []network.Value // inputs with the shape of the first, or with its height and width
	for _, v := range inputs {
		if v.Height() == inputs[0].Height() && v.Width() == inputs[0].Width() {
			joined = append(joined, v)
			if v.Channels() == inputs[0].Channels() {
				alike = append(alike, v)
			}
		}
	}
	switch op {
	case "sum":
		return b.Sum(alike...), true
	case "average":
		return b.Average(alike...), true
	case "weighted":
		return b.WeightedSum("weighted", alike...), true
	case "concat":
		return b.Concat(joined...), true
	}
	return network.Value{}, false
}
