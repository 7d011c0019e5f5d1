package predictor

import (
	"math"

	"github.com/graphpnas/graphpnas/internal/halt"
	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/internal/train"
)

// target is a graph with the score that the network should predict.
type target struct {
	graph *encoded
	score float32
}

// objective computes half the squared error of the network's scores.
type objective struct {
	net    *network
	pass   pass
	graphs []*encoded
	dy     []float32
	halt   halt.Point
}

var _ train.Objective[target] = (*objective)(nil)

func (o *objective) Name() string { return "predictor loss" }

func (o *objective) Prepare([]float32) {}

func (o *objective) Work(target) int { return 1 }

// MinShard keeps a batch in one piece, because the networks already train in parallel.
func (o *objective) MinShard() int { return math.MaxInt }

// Gradient processes as many graphs at once as fit into memory, usually all.
func (o *objective) Gradient(batch []target, size int, params, grad []float32) (loss float64) {
	o.pass.halt = o.halt
	defer halt.Catch(&loss)
	o.graphs = o.graphs[:0]
	for _, x := range batch {
		o.graphs = append(o.graphs, x.graph)
	}
	for first := 0; first < len(batch); {
		n := together(o.graphs[first:])
		o.dy = o.dy[:0]
		for i, y := range o.pass.forward(o.net, params, o.graphs[first:first+n]) {
			d := float64(y) - float64(batch[first+i].score)
			loss += d * d
			o.dy = append(o.dy, (y-batch[first+i].score)/float32(size))
		}
		o.pass.backward(o.net, params, o.dy, nn.Gradients{Flat: grad, Add: first > 0})
		first += n
	}
	return loss / (2 * float64(size))
}
