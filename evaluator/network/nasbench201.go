package network

import (
	"fmt"

	"github.com/graphpnas/graphpnas/searchspace"
)

// NASBench201 is the [Design] of NAS-Bench-201 (Dong & Yang 2020, arXiv 2001.00326): a convolution, three stages of equal cells,
// and a linear classifier. Between two stages, a residual block of stride 2 doubles the channels. Each node of a cell is the sum
// of its incoming edges; a convolution is preceded by a ReLU and followed by batch normalization.
type NASBench201 struct {
	Channels int // channels of the first stage; 0 means 16
	Cells    int // cells per stage; 0 means 5
}

// Network describes the network of a cell.
func (d NASBench201) Network(b *Builder, a searchspace.Arch) (Value, error) {
	if err := (searchspace.NASBench201{}).Validate(a); err != nil {
		return Value{}, err
	}
	if err := checkSettings(setting{"NASBench201.Channels", d.Channels}, setting{"NASBench201.Cells", d.Cells}); err != nil {
		return Value{}, err
	}
	const stages = 3
	channels, cells := orDefault(d.Channels, 16), orDefault(d.Cells, 5)
	x := b.BatchNorm("stem.norm", b.Conv("stem.conv", b.Images(), channels, Kernel{Size: 3}))
	for stage := range stages {
		if stage > 0 {
			x = residual(b.In("reduction%d", stage), x)
		}
		for cell := range cells {
			x = nb201Cell(b.In("stage%d.cell%d", stage, cell), a.Part(0), x)
		}
	}
	x = b.ReLU(b.BatchNorm("head.norm", x))
	return b.Linear("head.linear", b.GlobalAvgPool(x), b.Classes()), nil
}

// nb201Cell returns the last node of a cell.
func nb201Cell(b *Builder, cell searchspace.DAG, x Value) Value {
	nodes := []Value{x}
	for to := 1; to < cell.Len(); to++ {
		var terms []Value
		for from, value := range nodes {
			name := fmt.Sprintf("%d-%d", from, to)
			switch cell.EdgeOp(from, to) {
			case "skip_connect":
				terms = append(terms, value)
			case "avg_pool_3x3":
				terms = append(terms, b.AvgPool(value, 3, 1))
			case "nor_conv_1x1":
				terms = append(terms, reluConvNorm(b.In("%s", name), value, value.Channels(), Kernel{Size: 1}))
			case "nor_conv_3x3":
				terms = append(terms, reluConvNorm(b.In("%s", name), value, value.Channels(), Kernel{Size: 3}))
			}
		}
		if len(terms) == 0 {
			terms = append(terms, b.Zero(x))
		}
		nodes = append(nodes, b.Sum(terms...))
	}
	return nodes[len(nodes)-1]
}

// reluConvNorm adds a ReLU, a convolution and batch normalization.
func reluConvNorm(b *Builder, x Value, channels int, k Kernel) Value {
	return b.BatchNorm("norm", b.Conv("conv", b.ReLU(x), channels, k))
}

// residual adds a residual block that halves the image and doubles the channels (He et al. 2016, arXiv 1512.03385, with average
// pooling before the shortcut's convolution).
func residual(b *Builder, x Value) Value {
	channels := 2 * x.Channels()
	y := reluConvNorm(b.In("a"), x, channels, Kernel{Size: 3, Stride: 2})
	y = reluConvNorm(b.In("b"), y, channels, Kernel{Size: 3})
	return b.Sum(y, b.Conv("shortcut", b.AvgPool(x, 2, 2), channels, Kernel{Size: 1}))
}
