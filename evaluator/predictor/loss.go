package predictor

import (
	"github.com/graphpnas/graphpnas/gnn"
	"gorgonia.org/tensor"
)

// target is a graph and the score that the network is to give it.
type target struct {
	graph *encoded
	score float32
}

// batchLoss is the network and its loss as one function: flat parameters → half the mean squared error over the batch
// that it holds.
type batchLoss struct {
	net    *network
	batch  []target
	pass   pass
	graphs []*encoded
}

var _ gnn.Function = (*batchLoss)(nil)

func (l *batchLoss) Name() string { return "predictor loss" }

func (l *batchLoss) Shape([]tensor.Shape) (tensor.Shape, error) { return tensor.ScalarShape(), nil }

// Forward computes the loss.
func (l *batchLoss) Forward(out []float32, in [][]float32) error {
	l.graphs = l.graphs[:0]
	for _, x := range l.batch {
		l.graphs = append(l.graphs, x.graph)
	}
	var sum float64
	for i, y := range l.pass.forward(l.net, in[0], l.graphs) {
		d := float64(y) - float64(l.batch[i].score)
		sum += d * d
	}
	out[0] = float32(sum / (2 * float64(len(l.batch))))
	return nil
}

// Backward computes the gradient of dout times the loss.
func (l *batchLoss) Backward(din, in [][]float32, _, dout []float32) error {
	dy := make([]float32, len(l.batch))
	scores := l.pass.values[len(l.pass.values)-1]
	for i := range dy {
		dy[i] = dout[0] * (scores[i] - l.batch[i].score) / float32(len(dy))
	}
	l.pass.backward(l.net, in[0], dy, din[0])
	return nil
}
