package network

import (
	"fmt"

	"github.com/graphpnas/graphpnas/searchspace"
)

// ENASMacro is the [Design] of ENAS's macro space (Pham et al. 2018, arXiv 1802.03268): a convolution, the layers of the
// architecture, and a linear classifier. A layer applies to the previous layer a 1×1 convolution, batch normalization, a ReLU and
// its operation; an operation that is a convolution is followed by batch normalization and a ReLU. The result is concatenated
// with the skip connections, and followed by a ReLU, a 1×1 convolution and batch normalization. After one third and two thirds of
// the layers, factorized reductions halve the image, and all layers that later layers read, and double the channels. The dropout
// before the classifier in the published code is left out.
type ENASMacro struct {
	Channels int // channels of the stem and the first layers; 0 means 96, or 36 if Shared is set
	// Shared selects the network whose weights all architectures share: skip connections are added instead of concatenated,
	// followed by batch normalization, so that the weights of a layer do not depend on its skip connections, and reductions keep
	// the number of channels.
	Shared bool
}

// Network describes the network of an architecture with any number of layers.
func (d ENASMacro) Network(b *Builder, a searchspace.Arch) (Value, error) {
	if err := validENASMacro(a); err != nil {
		return Value{}, err
	}
	if err := checkSettings(setting{"ENASMacro.Channels", d.Channels}); err != nil {
		return Value{}, err
	}
	channels := orDefault(d.Channels, 96)
	if d.Shared {
		channels = orDefault(d.Channels, 36)
	}
	graph := a.Part(0)
	layers := graph.Len() - 1
	x := b.BatchNorm("stem.norm", b.Conv("stem.conv", b.Images(), channels, Kernel{Size: 3}))
	nodes := []Value{x}
	for layer := 1; layer <= layers; layer++ {
		in := b.In("layer%d", layer)
		y := enasOp(in.In("%s", graph.NodeOp(layer)), graph.NodeOp(layer), nodes[layer-1], channels)
		var skips []Value
		for from := range layer - 1 {
			if graph.HasEdge(from, layer) {
				skips = append(skips, nodes[from])
			}
		}
		if layer > 1 {
			y = d.join(in, append(skips, y), channels)
		}
		nodes = append(nodes, y)
		if third := layers / 3; third > 0 && (layer == third || layer == 2*third) {
			if !d.Shared {
				channels *= 2
			}
			enasReduce(b.In("reduction%d", layer/third), graph, nodes, channels)
		}
	}
	return b.Linear("head", b.GlobalAvgPool(nodes[layers]), b.Classes()), nil
}

// validENASMacro returns an error if an architecture does not belong to the macro space with its number of layers.
func validENASMacro(a searchspace.Arch) error {
	if a.NumParts() != 1 {
		return fmt.Errorf("%w: it must have one part, got %d", searchspace.ErrInvalid, a.NumParts())
	}
	space, err := searchspace.NewENASMacro(a.Part(0).Len() - 1)
	if err != nil {
		return fmt.Errorf("%w: %w", searchspace.ErrInvalid, err)
	}
	return space.Validate(a)
}

// enasOp adds a layer's operation, after a 1×1 convolution.
func enasOp(b *Builder, op string, x Value, channels int) Value {
	x = convNormReLU(b.In("input"), x, channels, 1)
	switch op {
	case "avg_pool_3x3":
		return b.AvgPool(x, 3, 1)
	case "max_pool_3x3":
		return b.MaxPool(x, 3, 1)
	case "sep_conv_3x3", "sep_conv_5x5":
		x = b.Conv("pointwise", b.Depthwise("depthwise", x, Kernel{Size: sizeIn(op)}), channels, Kernel{Size: 1})
		return b.ReLU(b.BatchNorm("norm", x))
	default:
		return convNormReLU(b, x, channels, sizeIn(op))
	}
}

// join combines a layer with its skip connections.
func (d ENASMacro) join(b *Builder, parts []Value, channels int) Value {
	if d.Shared {
		return b.BatchNorm("skip.norm", b.Sum(parts...))
	}
	return reluConvNorm(b.In("skip"), b.Concat(parts...), channels, Kernel{Size: 1})
}

// enasReduce halves the nodes that later layers read.
func enasReduce(b *Builder, graph searchspace.DAG, nodes []Value, channels int) {
	for i := range nodes {
		for layer := len(nodes); layer < graph.Len(); layer++ {
			if graph.HasEdge(i, layer) {
				nodes[i] = factorized(b.In("node%d", i), nodes[i], channels)
				break
			}
		}
	}
}
