package network

import (
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// NASBench101 is the [Design] of NAS-Bench-101 (Ying et al. 2019, arXiv 1902.09635): a convolution, three stacks of equal cells,
// and a linear classifier. Between two stacks, max pooling halves the image, and the channels double. An inner node of a cell
// applies its operation to the sum of its inputs; the output is the concatenation of the inner nodes that feed it. The cell's
// input is read through a 1×1 convolution. Isomorphic cells have the same network, that of the cell which the benchmark trained.
// The momentum of running statistics is 0.1, while that of the benchmark is 0.003.
type NASBench101 struct {
	Channels int // channels of the first stack; 0 means 128
	Stacks   int // number of stacks; 0 means 3
	Cells    int // cells per stack; 0 means 3
}

// Network describes the network of a cell.
func (d NASBench101) Network(b *Builder, a searchspace.Arch) (Value, error) {
	if err := (searchspace.NASBench101{}).Validate(a); err != nil {
		return Value{}, err
	}
	if err := checkSettings(
		setting{"NASBench101.Channels", d.Channels}, setting{"NASBench101.Stacks", d.Stacks}, setting{"NASBench101.Cells", d.Cells},
	); err != nil {
		return Value{}, err
	}
	channels, order := orDefault(d.Channels, 128), nb101Order(a.Part(0))
	x := convNormReLU(b.In("stem"), b.Images(), channels, 3)
	for stack := range orDefault(d.Stacks, 3) {
		if stack > 0 {
			x = b.MaxPool(x, 2, 2)
			channels *= 2
		}
		for cell := range orDefault(d.Cells, 3) {
			x = nb101Cell(b.In("stack%d.cell%d", stack, cell), a.Part(0), order, x, channels)
		}
	}
	return b.Linear("head", b.GlobalAvgPool(x), b.Classes()), nil
}

// convNormReLU adds a convolution, batch normalization and a ReLU.
func convNormReLU(b *Builder, x Value, channels, size int) Value {
	return b.ReLU(b.BatchNorm("norm", b.Conv("conv", x, channels, Kernel{Size: size})))
}

// nb101Cell returns the output of a cell.
func nb101Cell(b *Builder, cell searchspace.DAG, order []int, x Value, channels int) Value {
	last, widths := cell.Len()-1, nb101Channels(cell, order, channels)
	values := map[int]Value{}
	// read returns the inputs of a node: the projected cell input, if it feeds the node, and the transformed inner nodes.
	read := func(to int, transform func(Value) Value) (projected, inner []Value) {
		if cell.HasEdge(0, to) {
			projected = append(projected, convNormReLU(b.In("project%d", to), x, widths[to], 1))
		}
		for _, from := range order {
			if cell.HasEdge(from, to) {
				inner = append(inner, transform(values[from]))
			}
		}
		return projected, inner
	}
	for _, node := range order {
		projected, inner := read(node, func(v Value) Value { return b.First(v, widths[node]) })
		y := b.Sum(append(projected, inner...)...)
		switch cell.NodeOp(node) {
		case "conv3x3-bn-relu":
			y = convNormReLU(b.In("node%d", node), y, widths[node], 3)
		case "conv1x1-bn-relu":
			y = convNormReLU(b.In("node%d", node), y, widths[node], 1)
		default:
			y = b.MaxPool(y, 3, 1)
		}
		values[node] = y
	}
	terms, joined := read(last, func(v Value) Value { return v })
	if len(joined) > 0 {
		terms = append(terms, b.Concat(joined...))
	}
	return b.Sum(terms...)
}

// nb101Channels returns the number of channels of each node. The channels of the output are divided among the inner nodes that
// feed it; if they do not divide evenly, the first nodes in the order get one more each. Any other inner node has as many
// channels as the widest node that it feeds.
func nb101Channels(cell searchspace.DAG, order []int, channels int) []int {
	last := cell.Len() - 1
	widths := make([]int, cell.Len())
	widths[last] = channels
	var feeding []int
	for _, node := range order {
		if cell.HasEdge(node, last) {
			feeding = append(feeding, node)
		}
	}
	for place, node := range feeding {
		widths[node] = channels / len(feeding)
		if place < channels%len(feeding) {
			widths[node]++
		}
	}
	for _, node := range slices.Backward(order) {
		for _, to := range order {
			if !cell.HasEdge(node, last) && cell.HasEdge(node, to) {
				widths[node] = max(widths[node], widths[to])
			}
		}
	}
	return widths
}
