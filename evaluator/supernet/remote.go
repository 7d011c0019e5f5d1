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

// ErrLost is wrapped by the error of a worker that no longer has the shared weights: it was restarted without a checkpoint, or
// another worker has answered.
var ErrLost = errors.New("the worker has lost the shared weights")

// RemoteConfig configures a Remote.
type RemoteConfig struct {
	// Space is the search space, and Design maps its architectures to networks for images of Input. Parameters with the same
	// name are shared.
	Space  searchspace.Space
	Design network.Design
	Input  network.Input
	// Worker evaluates requests about shared weights, such as a command.Evaluator that runs examples/pytorch/worker.py. All
	// requests must reach the same process, so it must have only one; so must a queue.
	Worker evaluator.Evaluator
	// Recipe says how the weights are trained, and for how long. Archs must be 0 or 1.
	Recipe Recipe
	// ValidBatches is the number of batches of validation images in an evaluation, as in Config; 0 means all.
	ValidBatches int
	// Budget has the other numbers of a training's budget, such as "validation" and "fraction".
	Budget map[string]float64
	// Seed determines the first weights and the order of the images. It is at most protocol.MaxSeed.
	Seed uint64
}

// Remote is shared weights that a worker trains, for example in PyTorch on a GPU. It does what a Supernet does, by requests of
// package protocol: each step of Train sends the plan of an architecture, which the worker's weights are trained on, and each
// evaluation sends one to be measured. The worker keeps the weights by the names of parameters and knows nothing about spaces.
//
// The worker keeps checkpoints. If it is restarted, Train repeats the steps that its last checkpoint lacks, with the same
// architectures. A new Remote with the same configuration goes on from there as well.
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
	recent     map[int]searchspace.Arch // of the steps that the last checkpoint lacks

	requests sync.Mutex // guards request
	request  float64    // number of the last request, unlike those of other programs
}

var _ evaluator.Evaluator = (*Remote)(nil)

// NewRemote asks the worker how far it has trained the weights, and returns them. The architecture is any of the space; nothing
// is trained on it.
func NewRemote(ctx context.Context, c RemoteConfig, a searchspace.Arch) (*Remote, error) {
	c.Recipe = c.Recipe.withDefaults()
	err := c.Recipe.check()
	switch {
	case c.Space == nil || c.Design == nil || c.Worker == nil:
		err = errors.New("it needs a space, a design and a worker")
	case c.ValidBatches < 0:
		err = fmt.Errorf("ValidBatches must not be negative, got %d", c.ValidBatches)
	case c.Recipe.Archs > 1:
		err = fmt.Errorf("a worker trains on one architecture in each step, not %d", c.Recipe.Archs)
	case c.Seed > protocol.MaxSeed:
		err = fmt.Errorf("the seed must be at most %d, got %d", uint64(protocol.MaxSeed), c.Seed)
	}
	if err != nil {
		return nil, fmt.Errorf("shared weights of a worker: %w", err)
	}
	r := &Remote{
		config: c, budget: c.Recipe.budget(), plan: network.Planner(c.Design, c.Input), recent: map[int]searchspace.Arch{},
		request: float64(rand.Uint64N(1<<32) << 20),
	}
	maps.Copy(r.budget, c.Budget)
	state, err := r.ask(ctx, a, map[string]float64{shareEvaluate: -1})
	if err != nil {
		return nil, fmt.Errorf("shared weights of a worker: %w", err)
	}
	r.steps, r.epochSteps, r.totalSteps = state.steps, state.epochSteps, state.totalSteps
	return r, nil
}

// EpochSteps returns the number of steps in an epoch.
func (r *Remote) EpochSteps() int { return r.epochSteps }

// Steps returns the number of steps that have been trained in all.
func (r *Remote) Steps() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.steps
}

// TotalSteps returns the number of steps in the recipe's epochs.
func (r *Remote) TotalSteps() int { return r.totalSteps }

// Train trains for some steps, but not beyond TotalSteps. The sampler draws an architecture for each step, and the parameters of
// its network move by the gradient of a batch; the others stay as they are. It returns the mean loss and accuracy in percent over
// the steps, each before its update.
//
// The error wraps that of the sampler or of the worker, and [ErrLost] if the worker has none of the checkpoints that it needs.
// The steps before it are trained.
func (r *Remote) Train(ctx context.Context, sampler Sampler, steps int) (oracle.Figures, error) {
	if sampler == nil {
		return oracle.Figures{}, errors.New("training shared weights: the sampler is nil")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var sum oracle.Figures
	trained := 0
	for ; trained < steps && r.steps < r.totalSteps; trained++ {
		figures, err := r.step(ctx, sampler)
		if err != nil {
			return oracle.Figures{}, fmt.Errorf("step %d of shared weights: %w", r.steps+1, err)
		}
		sum.Loss, sum.Accuracy = sum.Loss+figures.Loss, sum.Accuracy+figures.Accuracy
	}
	n := float64(max(1, trained))
	return oracle.Figures{Loss: sum.Loss / n, Accuracy: sum.Accuracy / n}, nil
}

// step draws an architecture and trains on it.
func (r *Remote) step(ctx context.Context, sampler Sampler) (oracle.Figures, error) {
	archs, err := sampler.Sample(ctx, domain.Stream(r.config.Seed, r.steps, forArchs), 1)
	if err == nil && len(archs) != 1 {
		err = fmt.Errorf("got %d architectures instead of 1", len(archs))
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

// repeat trains the steps from one number to another again, after a worker was restarted.
func (r *Remote) repeat(ctx context.Context, from, to int) error {
	if from >= to {
		return fmt.Errorf("%w: it has trained %d steps instead of %d, for another program", ErrLost, from, to)
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

// forget drops the architectures of steps that are in a checkpoint.
func (r *Remote) forget(saved int) {
	maps.DeleteFunc(r.recent, func(step int, _ searchspace.Arch) bool { return step < saved })
}

// Evaluate has the worker measure an architecture with the shared weights as they are. The result is like that of
// Supernet.Evaluate. If the worker was restarted, the steps that it lacks are trained first.
func (r *Remote) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	r.mu.RLock()
	state, err := r.measure(ctx, a)
	r.mu.RUnlock()
	if err == nil && !state.done {
		r.mu.Lock()
		defer r.mu.Unlock()
		state, err = r.measure(ctx, a) // another evaluation may have repeated the steps
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
