package evaluator_test

import (
	"context"
	"fmt"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Cached trains once even if an architecture is evaluated again.
func ExampleCached() {
	var space searchspace.NASBench201
	trainings := 0
	train := evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
		trainings++
		return evaluator.Result{Value: 93.2}, nil
	})
	cached := &evaluator.Cached{Space: space, Evaluator: train}
	arch, err := space.Parse("|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|none~0|none~1|nor_conv_3x3~2|")
	if err != nil {
		panic(err)
	}
	for range 3 {
		r, err := cached.Evaluate(context.Background(), arch)
		fmt.Println(r.Value, err)
	}
	fmt.Println(trainings, "training")
	// Output:
	// 93.2 <nil>
	// 93.2 <nil>
	// 93.2 <nil>
	// 1 training
}

// The third attempt succeeds.
func ExampleRetried() {
	attempts := 0
	train := evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
		attempts++
		if attempts < 3 {
			return evaluator.Result{}, fmt.Errorf("no GPU is free: %w", evaluator.ErrTemporary)
		}
		return evaluator.Result{Value: 93.2}, nil
	})
	retried := evaluator.Retried{Evaluator: train, Wait: time.Millisecond}
	r, err := retried.Evaluate(context.Background(), searchspace.Arch{})
	fmt.Println(r.Value, err, attempts)
	// Output:
	// 93.2 <nil> 3
}

// The context of the evaluation ends after the time limit.
func ExampleLimited() {
	wait := evaluator.Func(func(ctx context.Context, _ searchspace.Arch) (evaluator.Result, error) {
		<-ctx.Done()
		return evaluator.Result{}, ctx.Err()
	})
	limited := evaluator.Limited{Evaluator: wait, Timeout: time.Millisecond}
	_, err := limited.Evaluate(context.Background(), searchspace.Arch{})
	fmt.Println(err)
	// Output:
	// the evaluation took too long: more than 1ms: context deadline exceeded
}

// Joined adds the figures of Costs to the result of another evaluator.
func ExampleJoined() {
	var space searchspace.NASBench201
	arch, err := space.Parse("|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|none~0|none~1|nor_conv_3x3~2|")
	if err != nil {
		panic(err)
	}
	train := evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: 93.2}, nil
	})
	edges := searchspace.Cost{Edge: func(string, int, int, searchspace.Label) float64 { return 1 }}
	joined := evaluator.Joined{train, evaluator.Costs{"edges": edges}}
	r, err := joined.Evaluate(context.Background(), arch)
	fmt.Println(r.Value, r.Metrics, err)
	// Output:
	// 93.2 map[edges:3] <nil>
}
