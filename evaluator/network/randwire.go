package network

import (
	"fmt"

	"github.com/graphpnas/graphpnas/searchspace"
)

// RandWire is the [Design] of RandWire (Xie et al. 2019, arXiv 1904.01569) in its small regime: two convolutions of stride 2, one
// stage for each part of the architecture, a 1×1 convolution and a linear classifier. Each stage halves the image and doubles the
// channels. A node is the weighted sum of its inputs, with sigmoids of parameters as weights, followed by a ReLU, a separable
// convolution and batch normalization. Nodes without inputs read the stage's input with stride 2; the stage's output is the mean
// of the nodes without outputs. A node with a single input has no weight, because it would have no effect. The dropout before the
// classifier is left out.
type RandWire struct {
	Channels int // channels of the first stage, twice those of the first convolution; 0 means 78
	Head     int // channels of the last convolution; 0 means 1280
	// Halvings limits how often the image is halved, for small images: of the two convolutions and the stages, only the last
	// Halvings have stride 2. 0 means no limit.
	Halvings int
}

// Network describes the network of an architecture with any number of stages and nodes.
func (d RandWire) Network(b *Builder, a searchspace.Arch) (Value, error) {
	if err := validRandWire(a); err != nil {
		return Value{}, err
	}
	if err := checkSettings(
		setting{"RandWire.Channels", d.Channels}, setting{"RandWire.Head", d.Head}, setting{"RandWire.Halvings", d.Halvings},
	); err != nil {
		return Value{}, err
	}
	channels, steps := orDefault(d.Channels, 78), 2+a.NumParts()
	halvings := orDefault(d.Halvings, steps)
	stride := func(step int) int {
		if step < steps-halvings {
			return 1
		}
		return 2
	}
	x := b.BatchNorm("stem1.norm", b.Conv("stem1.conv", b.Images(), channels/2, Kernel{Size: 3, Stride: stride(0)}))
	x = reluConvNorm(b.In("stem2"), x, channels, Kernel{Size: 3, Stride: stride(1)})
	for i := range a.NumParts() {
		x = randWireStage(b.In("stage%d", i+1), a.Part(i), x, channels<<i, stride(2+i))
	}
	x = b.ReLU(reluConvNorm(b.In("head"), x, orDefault(d.Head, 1280), Kernel{Size: 1}))
	return b.Linear("classifier", b.GlobalAvgPool(x), b.Classes()), nil
}

// validRandWire returns an error if an architecture does not belong to the RandWire space with its numbers of stages and nodes.
func validRandWire(a searchspace.Arch) error {
	nodes := make([]int, a.NumParts())
	for i := range nodes {
		nodes[i] = a.Part(i).Len()
	}
	space, err := searchspace.NewRandWire(nodes...)
	if err != nil {
		return fmt.Errorf("%w: %w", searchspace.ErrInvalid, err)
	}
	return space.Validate(a)
}

// randWireStage returns the mean of a stage's nodes without outputs.
func randWireStage(b *Builder, stage searchspace.DAG, x Value, channels, stride int) Value {
	var nodes, ends []Value
	feeds := make([]bool, stage.Len())
	for _, e := range stage.Edges() {
		feeds[e.From] = true
	}
	for to := range stage.Len() {
		node, k := b.In("node%d", to), Kernel{Size: 3}
		var inputs []Value
		for from, value := range nodes {
			if stage.HasEdge(from, to) {
				inputs = append(inputs, value)
			}
		}
		y := x
		switch len(inputs) {
		case 0:
			k.Stride = stride
		case 1:
			y = inputs[0]
		default:
			y = node.WeightedSum("inputs", inputs...)
		}
		y = separable(node, y, channels, k)
		nodes = append(nodes, y)
		if !feeds[to] {
			ends = append(ends, y)
		}
	}
	return b.Average(ends...)
}
