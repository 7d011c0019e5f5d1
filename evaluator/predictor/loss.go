package predictor

import (
	"math"

	"github.com/graphpnas/graphpnas/internal/train"
)

// target is a graph and the score that the network is to give it.
type target struct {
	graph *encoded
	score float32
}

// objective is half the squared error of the network's score.
type objective struct {
	net    *network
	pass   pass
	graphs []*encoded
}

var _ train.Objective[target] = (*objective)(nil)

func (o *objective) Name() string { return "predictor loss" }

func (o *objective) Prepare([]float32) {}

func (o *objective) Work(target) int { return 1 }

// MinShard keeps a batch in one piece: the networks already train in parallel.
func (o *objective) MinShard() int { return math.MaxInt }

func (o *objective) Gradient(batch []target, size int, params, grad []float32) (loss float64) {
	o.graphs = o.graphs[:0]
	for _, x := range batch {
		o.graphs = append(o.graphs, x.graph)
	}
	dy := make([]float32, len(batch))
	var sum float64
	for i, y := range o.pass.forward(o.net, params, o.graphs) {
		d := float64(y) - float64(batch[i].score)
		sum += d * d
		dy[i] = (y - batch[i].score) / float32(size)
	}
	o.pass.backward(o.net, params, dy, grad)
	return sum / (2 * float64(size))
}
