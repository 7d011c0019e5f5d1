package network

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// The metrics of Figures and Latency.
const (
	FigureParams  = "params"       // learned values; see Plan.Params
	FigureFLOPs   = "flops"        // multiplications for one image; see Plan.FLOPs
	FigureMemory  = "memory"       // bytes that training takes; see Plan.Memory
	FigureLatency = "latency_ms"   // milliseconds for a batch on this machine
	defaultRepeat = 11             // forward passes of Latency
	latencySeed   = 0x6c6174656e63 // of the images and weights, whose values do not matter
)

// Figures computes what a network costs without building it: its parameters, multiplications and memory, as metrics. It serves
// as rl.Config.Figures, so that what breaks a limit on them is never trained.
type Figures struct {
	// Design turns architectures into networks.
	Design Design
	// Input is what they classify.
	Input Input
	// Batch is how many images a training step takes, for the memory; 0 means 1.
	Batch int
}

var _ evaluator.Evaluator = Figures{}

// Evaluate plans the network.
func (f Figures) Evaluate(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	p, err := NewPlan(f.Design, a, f.Input)
	if err != nil {
		return evaluator.Result{}, err
	}
	return evaluator.Result{Metrics: map[string]float64{
		FigureParams: float64(p.Params()), FigureFLOPs: float64(p.FLOPs()), FigureMemory: float64(p.Memory(max(1, f.Batch))),
	}}, nil
}

// Latency measures how long a network takes for a batch of images on this machine: the median of some forward passes, after one
// that does not count, as the metric latency_ms. Two measurements of a network differ a little, but a search must see the same
// figure always: wrap Latency in an evaluator.Cached, or in a store if the search is to be resumed. Measurements at the same
// time disturb each other.
type Latency struct {
	// Design turns architectures into networks.
	Design Design
	// Input is what they classify.
	Input Input
	// Batch is how many images a pass takes; 0 means 1.
	Batch int
	// Repeats is how many passes are measured; 0 means 11.
	Repeats int
}

var _ evaluator.Evaluator = Latency{}

// Evaluate measures the network, with random weights.
func (l Latency) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	if l.Batch < 0 || l.Repeats < 0 {
		return evaluator.Result{}, fmt.Errorf("%w: Batch and Repeats must not be negative, got %d and %d", evaluator.ErrBroken, l.Batch, l.Repeats)
	}
	p, err := NewPlan(l.Design, a, l.Input)
	if err != nil {
		return evaluator.Result{}, err
	}
	rng, batch := rand.New(rand.NewPCG(latencySeed, 0)), max(1, l.Batch)
	net, err := p.Build(p.Layout().Init(rng), Options{Batch: batch})
	if err != nil {
		return evaluator.Result{}, err
	}
	images := make([]float32, batch*l.Input.Channels*l.Input.Height*l.Input.Width)
	for i := range images {
		images[i] = float32(rng.NormFloat64())
	}
	var times []float64
	for i := range cmp.Or(l.Repeats, defaultRepeat) + 1 {
		if ctx.Err() != nil {
			return evaluator.Result{}, fmt.Errorf("measuring the latency: %w", context.Cause(ctx))
		}
		begin := time.Now()
		if _, err := net.Forward(images, Evaluate); err != nil {
			return evaluator.Result{}, err
		}
		if i > 0 {
			times = append(times, time.Since(begin).Seconds()*1e3)
		}
	}
	slices.Sort(times)
	return evaluator.Result{Metrics: map[string]float64{FigureLatency: times[len(times)/2]}}, nil
}
