package supernet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/searchspace"
)

// ErrLost is wrapped by an error if the worker no longer has the shared weights: it was restarted without a checkpoint, or another
// worker has answered.
var ErrLost = errors.New("the worker has lost the shared weights")

// RemoteConfig configures a Remote.
type RemoteConfig struct {
	// Space is the search space. Design maps its architectures to networks for images of Input; parameters of the same name are
	// shared.
	Space  searchspace.Space
	Design network.Design
	Input  network.Input
	// Worker answers requests about shared weights, for example a command.Evaluator that runs examples/pytorch/worker.py. All
	// requests must reach the same process, so the evaluator or queue must have only one.
	Worker evaluator.Evaluator
	// Recipe contains the hyperparameters of the training. Archs must be 0 or 1.
	Recipe Recipe
	// ValidBatches is the number of validation batches in an evaluation, as in Config; 0 means all.
	ValidBatches int
	// Budget contains further numbers for the budget of each request, such as "validation" and "fraction".
	Budget map[string]float64
	// Seed is the seed of the initial weights and the order of the images. It must be at most protocol.MaxSeed.
	Seed uint64
}

// Remote is a supernet whose shared weights are trained by a worker, for example in PyTorch on a GPU. It communicates with the worker
// through requests of package protocol: each step of Train, and each evaluation, sends the plan of an architecture. The worker stores
// the weights by the names of parameters and does not need to know the space.
//
// The worker keeps checkpoints. If it is restarted, Train repeats the steps after its last checkpoint with the same architectures. A
// new Remote with the same configuration also continues from the worker's state.
//
// Evaluations may run in parallel with each other and with Train.
type Remote struct {
	config RemoteConfig
	budget map[string]float64
	plan   protocol.Planner

	mu         sync.RWMutex // held for writing during a step
	steps      int
	epochSteps int
	totalSteps int
	recent     map[int]searchspace.Arch // the architectures of the steps after the last checkpoint

	requests sync.Mutex // guards request
	request  float64    // number of the last request, different from those of other programs
}

var _ evaluator.Evaluator = (*Remote)(nil)

// NewRemote returns a Remote, after asking the worker for the number of steps that it has trained so far. a may be any architecture of
// the space; it is not trained.
func NewRemote(ctx context.Context, c RemoteConfig, a searchspace.Arch) (*Remote, error) {
	c.Recipe = c.Recipe.withDefaults()
	err := c.Recipe.check()
	switch {
	case c.Space == nil || c.Design == nil || c.Worker == nil:
		err = errors.New("RemoteConfig needs a Space, a Design and a Worker")
	case c.ValidBatches < 0:
		err = fmt.Errorf("ValidBatches must not be negative, got %d", c.ValidBatches)
	case c.Recipe.Archs > 1:
		err = fmt.Errorf("Recipe.Archs must be 0 or 1 for a worker, got %d", c.Recipe.Archs)
	case c.Seed > protocol.MaxSeed:
		err = fmt.Errorf("the seed must be at most %d, got %d", uint64(protocol.MaxSeed), c.Seed)
	}
	if err != nil {
		return nil, fmt.Errorf("remote supernet: %w", err)
	}
	r := &Remote{
		config: c, budget: c.Recipe.budget(), plan: network.Planner(c.Design, c.Input), recent: map[int]searchspace.Arch{},
		request: float64(rand.Uint64N(1<<32) << 20),
	}
	maps.Copy(r.budget, c.Budget)
	state, err := r.ask(ctx, a, map[string]float64{shareEvaluate: -1})
	if err != nil {
		return nil, fmt.Errorf("remote supernet: %w", err)
	}
	r.steps, r.epochSteps, r.totalSteps = state.steps, state.epochSteps, state.totalSteps
	return r, nil
}

// EpochSteps returns the number of steps in an epoch.
func (r *Remote) EpochSteps() int { return r.epochSteps }

// Steps returns the total number of steps trained so far.
func (r *Remote) Steps() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.steps
}

// TotalSteps returns the number of steps in all epochs of the recipe.
func (r *Remote) TotalSteps() int { return r.totalSteps }

// Train trains for the given number of steps, but not beyond TotalSteps. In each step the sampler draws an architecture, and the worker
// updates the parameters of its network with the gradient of a batch; other parameters do not change. Train returns the mean loss and
// accuracy in percent over the steps, each measured before its update.
//
// The error wraps that of the sampler or of the worker, and [ErrLost] if the worker lacks the checkpoint that it needs. Steps before
// the error remain trained.
func (r *Remote) Train(ctx context.Context, sampler Sampler, steps int) (oracle.Figures, error) {
	if sampler == nil {
		return oracle.Figures{}, errors.New("training a remote supernet: the sampler is nil")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var sum oracle.Figures
	trained := 0
	for ; trained < steps && r.steps < r.totalSteps; trained++ {
		figures, err := r.step(ctx, sampler)
		if err != nil {
			return oracle.Figures{}, fmt.Errorf("step %d of a remote supernet: %w", r.steps+1, err)
		}
		sum.Loss, sum.Accuracy = sum.Loss+figures.Loss, sum.Accuracy+figures.Accuracy
	}
	n := float64(max(1, trained))
	return oracle.Figures{Loss: sum.Loss / n, Accuracy: sum.Accuracy / n}, nil
}

// step draws an architecture and trains it for one step.
func (r *Remote) step(ctx context.Context, sampler Sampler) (oracle.Figures, error) {
	archs, err := sampler.Sample(ctx, domain.Stream(r.config.Seed, r.steps, forArchs), 1)
	if err == nil && len(archs) != 1 {
		err = fmt.Errorf("the sampler must return 1 architecture, got %d", len(archs))
	}
	if err != nil {
		return oracle.Figures{}, fmt.Errorf("drawing architectures: %w", err)
	}
	r.recent[r.steps] = archs[0]
	for {
		state, err := r.ask(ctx, archs[0], map[string]float64{shareTrain: float64(r.steps)})
		switch {
		case err != nil:
			return oracle.Figures{}, err
		case state.done:
			r.steps++
			r.forget(state.saved)
			return state.figures(oracle.TrainLoss), nil
		}
		if err := r.repeat(ctx, state.steps, r.steps); err != nil {
			return oracle.Figures{}, err
		}
	}
}

// repeat trains the steps from from to to again, after the worker was restarted.
func (r *Remote) repeat(ctx context.Context, from, to int) error {
	if from >= to {
		return fmt.Errorf("%w: it has trained %d steps instead of %d, probably for another program", ErrLost, from, to)
	}
	for step := from; step < to; step++ {
		a, ok := r.recent[step]
		if !ok {
			return fmt.Errorf("%w: it has trained %d steps instead of %d", ErrLost, from, to)
		}
		state, err := r.ask(ctx, a, map[string]float64{shareTrain: float64(step)})
		if err != nil {
			return err
		}
		if !state.done {
			return fmt.Errorf("%w: it has trained %d steps instead of %d", ErrLost, state.steps, step)
		}
	}
	return nil
}

// forget drops the architectures of steps that the worker's checkpoint includes.
func (r *Remote) forget(saved int) {
	maps.DeleteFunc(r.recent, func(step int, _ searchspace.Arch) bool { return step < saved })
}

// Evaluate measures an architecture on the worker with the current shared weights. The result is like that of Supernet.Evaluate. If
// the worker was restarted, Evaluate first repeats the steps after its last checkpoint.
func (r *Remote) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	r.mu.RLock()
	state, err := r.measure(ctx, a)
	r.mu.RUnlock()
	if err == nil && !state.done {
		r.mu.Lock()
		defer r.mu.Unlock()
		state, err = r.measure(ctx, a) // a concurrent evaluation may have repeated the steps
		if err == nil && !state.done {
			if err = r.repeat(ctx, state.steps, r.steps); err == nil {
				state, err = r.measure(ctx, a)
			}
		}
	}
	if err == nil && !state.done {
		err = fmt.Errorf("%w: it has trained %d steps instead of %d", ErrLost, state.steps, r.steps)
	}
	if err != nil {
		return evaluator.Result{}, fmt.Errorf("measuring %v: %w", a, err)
	}
	figures := state.figures(oracle.ValidLoss)
	return evaluator.Result{
		Value: figures.Accuracy, Metrics: map[string]float64{oracle.ValidLoss: figures.Loss}, Cost: state.result.Cost,
	}, nil
}

func (r *Remote) measure(ctx context.Context, a searchspace.Arch) (state, error) {
	return r.ask(ctx, a, map[string]float64{shareEvaluate: float64(r.steps), "valid_batches": float64(r.config.ValidBatches)})
}
