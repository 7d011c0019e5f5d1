package network

import (
	"fmt"

	"github.com/graphpnas/graphpnas/searchspace"
)

// DARTS is the [Design] of DARTS (Liu, Simonyan & Yang 2019, arXiv 1806.09055): a convolution, a sequence of cells, each of which
// reads the two cells before it, and a linear classifier. The cells at one third and two thirds of the depth are reduction cells,
// which halve the image and double the channels. The auxiliary classifier and drop path are left out.
type DARTS struct {
	Channels int // channels of a node in the first cells; 0 means 36
	Cells    int // number of cells; 0 means 20
}

// Network describes the network of a normal and a reduction cell with any number of intermediate nodes.
func (d DARTS) Network(b *Builder, a searchspace.Arch) (Value, error) {
	if err := validDARTS(a); err != nil {
		return Value{}, err
	}
	if err := checkSettings(setting{"DARTS.Channels", d.Channels}, setting{"DARTS.Cells", d.Cells}); err != nil {
		return Value{}, err
	}
	const stemFactor = 3 // channels of the stem per channel of a node
	channels, cells := orDefault(d.Channels, 36), orDefault(d.Cells, 20)
	x := b.BatchNorm("stem.norm", b.Conv("stem.conv", b.Images(), stemFactor*channels, Kernel{Size: 3}))
	before, last := x, x
	for i := range cells {
		reduces := i == cells/3 || i == 2*cells/3
		part := a.Part(0)
		if reduces {
			channels *= 2
			part = a.Part(1)
		}
		before, last = last, dartsCell(b.In("cell%d", i), part, before, last, channels, reduces)
	}
	return b.Linear("head", b.GlobalAvgPool(last), b.Classes()), nil
}

// validDARTS returns an error if an architecture does not belong to the DARTS space with its number of nodes.
func validDARTS(a searchspace.Arch) error {
	if a.NumParts() != 2 {
		return fmt.Errorf("%w: it must have two parts, a normal and a reduction cell, got %d", searchspace.ErrInvalid, a.NumParts())
	}
	space, err := searchspace.NewDARTS(a.Part(0).Len() - 2)
	if err != nil {
		return fmt.Errorf("%w: %w", searchspace.ErrInvalid, err)
	}
	return space.Validate(a)
}

// dartsCell returns the concatenation of a cell's intermediate nodes.
func dartsCell(b *Builder, cell searchspace.DAG, before, last Value, channels int, reduces bool) Value {
	if before.Height() > last.Height() || before.Width() > last.Width() { // the previous cell was a reduction cell
		before = factorized(b.In("input0"), b.ReLU(before), channels)
	} else {
		before = reluConvNorm(b.In("input0"), before, channels, Kernel{Size: 1})
	}
	nodes := []Value{before, reluConvNorm(b.In("input1"), last, channels, Kernel{Size: 1})}
	for to := len(nodes); to < cell.Len(); to++ {
		var terms []Value
		for from := range to {
			if cell.HasEdge(from, to) {
				stride := 1
				if reduces && from < 2 {
					stride = 2
				}
				terms = append(terms, dartsOp(b.In("%d-%d", from, to), cell.EdgeOp(from, to), nodes[from], stride))
			}
		}
		nodes = append(nodes, b.Sum(terms...))
	}
	return b.Concat(nodes[2:]...)
}

// dartsOp adds the operation of an edge.
func dartsOp(b *Builder, op string, x Value, stride int) Value {
	switch op {
	case "max_pool_3x3":
		return b.MaxPool(x, 3, stride)
	case "avg_pool_3x3":
		return b.AvgPool(x, 3, stride)
	case "sep_conv_3x3", "sep_conv_5x5":
		x = separable(b.In("a"), x, x.Channels(), Kernel{Size: sizeIn(op), Stride: stride})
		return separable(b.In("b"), x, x.Channels(), Kernel{Size: sizeIn(op)})
	case "dil_conv_3x3", "dil_conv_5x5":
		return separable(b, x, x.Channels(), Kernel{Size: sizeIn(op), Stride: stride, Dilation: 2})
	}
	if stride == 1 { // skip_connect
		return x
	}
	return factorized(b, b.ReLU(x), x.Channels())
}

// sizeIn returns the kernel size at the end of an operation's name, 3x3 or 5x5.
func sizeIn(op string) int {
	return int(op[len(op)-1] - '0')
}

// separable adds a ReLU, a depthwise convolution, a 1×1 convolution, and batch normalization.
func separable(b *Builder, x Value, channels int, k Kernel) Value {
	x = b.Depthwise("depthwise", b.ReLU(x), k)
	return b.BatchNorm("norm", b.Conv("pointwise", x, channels, Kernel{Size: 1}))
}

// factorized halves an image with two 1×1 convolutions: one reads every other pixel starting at the first, the other every other
// pixel starting at the second.
func factorized(b *Builder, x Value, channels int) Value {
	even := b.Conv("even", b.Subsample(x, 2, 0), channels/2, Kernel{Size: 1})
	odd := b.Conv("odd", b.Subsample(x, 2, 1), channels-channels/2, Kernel{Size: 1})
	return b.BatchNorm("norm", b.Concat(even, odd))
}
