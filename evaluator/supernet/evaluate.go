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

// Evaluate measures an architecture with the shared weights as they are. The result's value is the accuracy on validation
// images in percent, its metric oracle.ValidLoss the mean cross-entropy of an image in nats, its cost the time that it took.
// Batch normalisation goes by the moments of each batch, since running statistics are of no architecture in particular.
//
// The value changes with the weights: it is not to be cached, see the package's documentation.
//
// Errors that concern the architecture are such as those of Plan, and wrap oracle.ErrDiverged where the loss is no finite
// number. Images that cannot be read wrap evaluator.ErrBroken. The end of ctx is heeded within a batch.
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

// measure returns the means over the images of those batches that the architecture has. Weights do not move meanwhile.
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

// batchesOf returns the first of the validation batches that an architecture is measured on at the present step, and how many
// follow it.
func (s *Supernet) batchesOf(a searchspace.Arch) (first, count int) {
	if n := s.config.ValidBatches; n == 0 || n >= len(s.valid) {
		return 0, len(s.valid)
	}
	h := fnv.New64a()
	fmt.Fprint(h, s.steps, " ", a)
	return int(h.Sum64() % uint64(len(s.valid))), s.config.ValidBatches
}
