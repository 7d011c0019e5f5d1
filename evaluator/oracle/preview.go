package oracle

import (
	"context"
	"fmt"
	"slices"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/internal/f32"
)

// recency determines how much recent weights count in the average. With 8, the last 7 % of all steps so far count as much as the
// others together.
const recency = 8

// settling is the number of batches of training images on which Preview measures the statistics.
const settling = 32

// addToAverage adds the weights after a step to their average. Steps are counted from 1.
func (t *Training) addToAverage(step int) {
	share := float32(recency+1) / float32(step+recency)
	f32.Scale(1-share, t.averaged())
	f32.Axpy(share, t.net.Weights().Params, t.averaged())
}

// averaged returns the average of the weights. Before the first step, these are the initial weights.
func (t *Training) averaged() []float32 {
	if t.average == nil {
		t.average = slices.Clone(t.net.Weights().Params)
	}
	return t.average
}

// Preview measures a network whose training is not done, to compare it with others after as many epochs. While the learning rate is
// high, weights change a lot from step to step, and the running statistics lag behind, so the figures of Measure are mostly noise.
// Preview measures the average of the weights instead, in which recent ones count more (polynomial-decay averaging, Shamir & Zhang
// 2013, arXiv 1212.1824, with η = 8), with statistics that it computes from up to 32 batches of training images. The training is
// the same afterwards. The errors of Preview wrap the same errors as those of Epoch.
func (t *Training) Preview(ctx context.Context, set *dataset.Set) (Figures, error) {
	weights := t.net.Weights()
	params, statistics := slices.Clone(weights.Params), slices.Clone(weights.Statistics)
	defer func() {
		copy(weights.Params, params)
		copy(weights.Statistics, statistics)
	}()
	copy(weights.Params, t.averaged())
	if err := t.settle(ctx); err != nil {
		return Figures{}, fmt.Errorf("measuring %s: %w", t.net.Plan().Arch(), err)
	}
	return t.Measure(ctx, set)
}

// settle replaces the running statistics by those of the current weights.
func (t *Training) settle(ctx context.Context) error {
	batches := 0
	for batch, err := range t.stream.Epoch(ctx, t.progress.Epoch) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return fmt.Errorf("%w: %w", evaluator.ErrBroken, err)
		}
		if _, err := t.net.Forward(batch.Images, network.Train); err != nil {
			return err
		}
		if batches++; batches == settling {
			break
		}
	}
	return nil
}

// figures measures the network: by Measure if the training is done, and otherwise by Preview.
func (t *Training) figures(ctx context.Context, set *dataset.Set) (Figures, error) {
	if t.Done() {
		return t.Measure(ctx, set)
	}
	return t.Preview(ctx, set)
}
