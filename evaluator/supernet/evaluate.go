package supernet

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Evaluate measures an architecture with the current shared weights. The result's value is the accuracy on validation images in
// percent, its metric oracle.ValidLoss is the mean cross-entropy per image in nats, and its cost is the time of the evaluation.
// Batch normalization uses the moments of each batch, because the running statistics mix all architectures.
//
// The value changes when the weights are trained, so it must not be cached; see the package documentation.
//
// Evaluate returns the errors of Plan, and an error that wraps oracle.ErrDiverged if the loss is NaN or
// infinite. If images cannot be read, the error wraps evaluator.ErrBroken. After ctx has ended, Evaluate
// returns within the time of a batch.
func (s *Supernet) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	begun := time.Now()
	plan, err := s.Plan(a)
	if err != nil {
		return evaluator.Result{}, err
	}
	space := s.workspaces.Get().(*network.Workspace)
	defer s.workspaces.Put(space)
	net, err := s.build(plan, space)
	if err != nil {
		return evaluator.Result{}, err
	}
	figures, err := s.measure(ctx, net, a)
	if err != nil {
		return evaluator.Result{}, fmt.Errorf("measuring %v: %w", a, err)
	}
	return evaluator.Result{
		Value: figures.Accuracy, Metrics: map[string]float64{oracle.ValidLoss: figures.Loss}, Cost: time.Since(begun),
	}, nil
}

// measure returns the mean figures over the architecture's batches. The weights must not change meanwhile.
func (s *Supernet) measure(ctx context.Context, net *network.Network, a searchspace.Arch) (oracle.Figures, error) {
	defer parallel.Warm()()
	s.mu.RLock()
	defer s.mu.RUnlock()
	images, correct, loss := 0, 0, 0.0
	first, count := s.batchesOf(a)
	for i := range count {
		if err := withBatch(ctx, s.valid[(first+i)%len(s.valid)], 0, func(b network.Batch) error {
			report, err := net.Measure(b, network.Trial)
			images, correct = images+len(b.Labels), correct+report.Correct
			loss += report.Loss * float64(len(b.Labels))
			return err
		}); err != nil {
			return oracle.Figures{}, err
		}
	}
	loss /= float64(images)
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return oracle.Figures{}, fmt.Errorf("%w: the loss is %v", oracle.ErrDiverged, loss)
	}
	return oracle.Figures{Loss: loss, Accuracy: 100 * float64(correct) / float64(images)}, nil
}

// batchesOf returns the first validation batch on which an architecture is measured at the current
// step, and the number of batches.
func (s *Supernet) batchesOf(a searchspace.Arch) (first, count int) {
	if n := s.config.ValidBatches; n == 0 || n >= len(s.valid) {
		return 0, len(s.valid)
	}
	h := fnv.New64a()
	fmt.Fprint(h, s.steps, " ", a)
	return int(h.Sum64() % uint64(len(s.valid))), s.config.ValidBatches
}
