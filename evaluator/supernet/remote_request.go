package supernet

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Requests about shared weights are requests of package protocol whose budget contains one of these numbers.
const (
	shareTrain    = "shared_train"    // the step to train, counted from 0
	shareEvaluate = "shared_evaluate" // the expected number of trained steps, or -1 to only ask for that number
)

// budget returns the recipe as numbers for the budget of a request.
func (r Recipe) budget() map[string]float64 {
	flip := 0.0
	if r.Flip {
		flip = 1
	}
	return map[string]float64{
		"epochs": float64(r.Epochs), "batch": float64(r.Batch), "rate": r.LearningRate, "momentum": r.Momentum,
		"weight_decay": r.WeightDecay, "clip": r.ClipNorm, "pad": float64(r.Pad), "flip": flip,
	}
}

// state is the answer of a worker.
type state struct {
	result                               evaluator.Result
	steps, saved, epochSteps, totalSteps int
	done                                 bool // whether the requested step or measurement was done
}

// figures returns the accuracy in percent and the loss from the metric with the given name.
func (s state) figures(loss string) oracle.Figures {
	return oracle.Figures{Loss: s.result.Metrics[loss], Accuracy: 100 * s.result.Value}
}

// ask sends a request about an architecture.
func (r *Remote) ask(ctx context.Context, a searchspace.Arch, what map[string]float64) (state, error) {
	plan, err := r.plan(a)
	if err != nil {
		return state{}, err
	}
	r.requests.Lock()
	r.request++
	number := r.request
	r.requests.Unlock()
	// The evaluator replaces the id and passes on the rest. The number distinguishes the request from equal ones, for which a
	// queue would return the old result.
	request := protocol.NewRequest("shared", r.config.Space, a)
	request.Budget, request.Seed, request.Plan = maps.Clone(r.budget), r.config.Seed, plan
	maps.Copy(request.Budget, what)
	request.Budget["request"] = number
	result, err := r.config.Worker.Evaluate(protocol.WithRequest(ctx, request, nil), a)
	if err != nil {
		return state{}, err
	}
	return newState(result)
}

// newState decodes an answer.
func newState(result evaluator.Result) (state, error) {
	s := state{result: result}
	if result.Failure != "" {
		return s, errors.New(result.Failure)
	}
	for name, value := range map[string]*int{
		"step": &s.steps, "saved": &s.saved, "epoch_steps": &s.epochSteps, "total_steps": &s.totalSteps,
	} {
		number, ok := result.Metrics[name]
		if !ok || number != float64(int(number)) || number < 0 {
			return s, fmt.Errorf("the worker does not support shared weights: its answer has no metric %q", name)
		}
		*value = int(number)
	}
	_, trained := result.Metrics[oracle.TrainLoss]
	_, measured := result.Metrics[oracle.ValidLoss]
	s.done = trained || measured
	return s, nil
}
