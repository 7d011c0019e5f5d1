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
	FigureParams  = "params"       // number of learned values; see Plan.Params
	FigureFLOPs   = "flops"        // multiplications per image; see Plan.FLOPs
	FigureMemory  = "memory"       // bytes needed for training; see Plan.Memory
	FigureLatency = "latency_ms"   // milliseconds per batch on this machine
	defaultRepeat = 11             // forward passes of Latency
	latencySeed   = 0x6c6174656e63 // seed of the images and weights, whose values do not matter
)

// Figures is an evaluator.Evaluator that counts the parameters, multiplications and memory of a network without building it. The
// metrics of its results are FigureParams, FigureFLOPs and FigureMemory. Use it as rl.Config.Figures, so that a search with limits
// on these figures does not train architectures that exceed them.
type Figures struct {
	// Design maps architectures to networks.
	Design Design
	// Input describes the images.
	Input Input
	// Batch is the number of images in a training step, which determines the memory; 0 means 1.
	Batch int
}

var _ evaluator.Evaluator = Figures{}

// Evaluate plans the network and returns its figures.
func (f Figures) Evaluate(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	if err := checkSettings(setting{"Figures.Batch", f.Batch}); err != nil {
		return evaluator.Result{}, err
	}
	p, err := NewPlan(f.Design, a, f.Input)
	if err != nil {
		return evaluator.Result{}, err
	}
	return evaluator.Result{Metrics: map[string]float64{
		FigureParams: float64(p.Params()), FigureFLOPs: float64(p.FLOPs()), FigureMemory: float64(p.Memory(max(1, f.Batch))),
	}}, nil
}

// Latency is an evaluator.Evaluator that measures how long a network takes to classify a batch of images on this machine. The
// metric FigureLatency of its results is the median over several forward passes, after one warm-up pass. Measurements vary, but a
// search must always see the same figure for an architecture, so wrap Latency in an evaluator.Cached, or in a store if you want to
// resume the search. Concurrent measurements disturb each other.
type Latency struct {
	// Design maps architectures to networks.
	Design Design
	// Input describes the images.
	Input Input
	// Batch is the number of images in a pass; 0 means 1.
	Batch int
	// Repeats is the number of measured passes; 0 means 11.
	Repeats int
}

var _ evaluator.Evaluator = Latency{}

// Evaluate measures the network with random weights.
func (l Latency) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	if err := checkSettings(setting{"Latency.Batch", l.Batch}, setting{"Latency.Repeats", l.Repeats}); err != nil {
		return evaluator.Result{}, err
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
