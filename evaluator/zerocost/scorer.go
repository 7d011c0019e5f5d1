package zerocost

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/internal/seed"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Config configures a score.
type Config struct {
	// Design maps architectures to networks.
	Design network.Design
	// Input describes the images.
	Input network.Input
	// Seed is the seed of the random weights.
	Seed uint64
	// Initializations is the number of random initializations whose scores are averaged; 0 means 1.
	Initializations int
}

// The metrics of a Scorer's results.
const (
	Params = "params" // number of learned parameters
	FLOPs  = "flops"  // multiplications per image; see network.Plan
)

// Scorer evaluates architectures by a score of their untrained networks. Evaluations may run in parallel, ideally one per
// processor. Equal configurations give bit-identical scores on one kind of processor, for any GOMAXPROCS and any number of
// parallel evaluations. All amd64 processors with AVX2 count as one kind; others may round differently.
type Scorer struct {
	config     Config
	drawn      network.Design // design of the scored networks
	batch      int            // number of images in a pass
	score      func(*network.Network) (float64, error)
	workspaces sync.Pool // of *network.Workspace
}

var _ evaluator.Evaluator = (*Scorer)(nil)

func newScorer(c Config, drawn network.Design, batch int, score func(*network.Network) (float64, error)) *Scorer {
	c.Initializations = max(c.Initializations, 1)
	return &Scorer{
		config: c, drawn: drawn, batch: batch, score: score,
		workspaces: sync.Pool{New: func() any { return new(network.Workspace) }},
	}
}

// maxValues is the largest number of values that an image may have, as in package network. Products of its sizes then do not
// overflow.
const maxValues = 1 << 27

func (c Config) check() error {
	if c.Design == nil {
		return errors.New("Config.Design must not be nil")
	}
	if min(c.Input.Channels, c.Input.Height, c.Input.Width, c.Input.Classes) < 1 {
		return fmt.Errorf("Config.Input must have positive sizes, got %+v", c.Input)
	}
	if float64(c.Input.Channels)*float64(c.Input.Height)*float64(c.Input.Width) > maxValues {
		return fmt.Errorf("Config.Input must have at most %d values, got %+v", maxValues, c.Input)
	}
	if c.Initializations < 0 {
		return fmt.Errorf("Config.Initializations must not be negative, got %d", c.Initializations)
	}
	return nil
}

// memoryLimit is the maximum memory of a network in bytes. It equals the default of network.Options.
const memoryLimit = 2 << 30

// domain makes the random numbers of this package independent of those that other packages draw from the same seed.
const domain seed.Domain = 0x7a65726f636f7374

// Evaluate scores the architecture. The result's value is the score, a finite number. Its metrics
// are Params and FLOPs of the design's network, and its cost is the time of the evaluation.
//
// Errors name the architecture. They are permanent (see [evaluator.Permanent]) unless ctx has ended, which is checked between
// two initializations. An error wraps network.ErrTooLarge if the network would take more than 2 GiB; that memory is not
// allocated.
func (s *Scorer) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	r, err := evaluator.Try(ctx, evaluator.Func(s.evaluate), a)
	if errors.Is(err, evaluator.ErrPanic) { // the design panicked
		err = fmt.Errorf("score of %v: %w", a, err)
	}
	return r, err
}

func (s *Scorer) evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	begun := time.Now()
	whole, err := network.NewPlan(s.config.Design, a, s.config.Input)
	if err != nil {
		return evaluator.Result{}, err
	}
	plan, err := network.NewPlan(s.drawn, a, s.config.Input)
	if err != nil {
		return evaluator.Result{}, err
	}
	r := evaluator.Result{Metrics: map[string]float64{Params: float64(whole.Params()), FLOPs: float64(whole.FLOPs())}}
	for i := range s.config.Initializations {
		if ctx.Err() != nil {
			return evaluator.Result{}, fmt.Errorf("score of %s: %w", plan.Arch(), context.Cause(ctx))
		}
		v, err := s.once(plan, domain.Replica(s.config.Seed, uint64(i)))
		if err != nil {
			return evaluator.Result{}, err
		}
		r.Value += v / float64(s.config.Initializations)
	}
	r.Cost = time.Since(begun)
	return r, nil
}

// once returns the score of one initialization.
func (s *Scorer) once(plan *network.Plan, rng *rand.Rand) (float64, error) {
	if err := plan.CheckMemory(s.batch, memoryLimit); err != nil { // checked before the weights are drawn
		return 0, err
	}
	space := s.workspaces.Get().(*network.Workspace)
	defer s.workspaces.Put(space)
	net, err := plan.Build(plan.Layout().Init(rng), network.Options{Batch: s.batch, MemoryLimit: memoryLimit, Workspace: space})
	if err != nil {
		return 0, err
	}
	return s.score(net)
}
