package evaluator_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// A Func turns a function into an Evaluator, and a Pool calls it for many architectures. One of the three architectures is too
// large to train; the others are scored nevertheless.
func Example() {
	var space searchspace.NASBench201
	var archs []searchspace.Arch
	for _, text := range []string{
		"|skip_connect~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|",
		"|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|none~0|none~1|nor_conv_3x3~2|",
		"|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|",
	} {
		a, err := space.Parse(text)
		if err != nil {
			panic(err)
		}
		archs = append(archs, a)
	}

	edges := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		n := a.Part(0).NumEdges()
		if n > 5 {
			return evaluator.Result{}, errors.New("out of memory")
		}
		return evaluator.Result{Value: float64(n)}, nil
	})

	pool := evaluator.Pool{Evaluator: edges, Workers: 1} // one worker: outcomes come in order
	for o := range pool.Run(context.Background(), slices.Values(archs)) {
		if o.Err != nil {
			fmt.Println("failed:", o.Err)
			continue
		}
		fmt.Println(o.Index, o.Result.Value)
	}
	// Output:
	// 0 2
	// 1 3
	// failed: evaluating [; <0:nor_conv_3x3; <0:nor_conv_3x3,1:nor_conv_3x3; <0:nor_conv_3x3,1:nor_conv_3x3,2:nor_conv_3x3]: out of memory
}

// One of the two architectures cannot be trained, and training the other fails at first because no GPU is free. A search
// sees neither error: the first becomes a low objective, and the second is retried. An architecture that is evaluated twice is
// trained once.
func ExamplePenalized() {
	var space searchspace.NASBench201
	trainings := 0
	train := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		trainings++
		if a.Part(0).NumEdges() == 0 {
			return evaluator.Result{}, errors.New("the output is not connected")
		}
		if trainings < 3 {
			return evaluator.Result{}, fmt.Errorf("no GPU is free: %w", evaluator.ErrTemporary)
		}
		return evaluator.Result{Value: 93.2}, nil
	})
	attempts := evaluator.Retried{
		Evaluator: evaluator.Limited{Evaluator: train, Timeout: time.Hour},
		Attempts:  10, Wait: time.Millisecond,
	}
	once := &evaluator.Cached{Space: space, Evaluator: attempts}
	all := evaluator.Penalized{Evaluator: once, Value: 10}

	for _, text := range []string{
		"|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|none~0|none~1|nor_conv_3x3~2|",
		"|none~0|+|none~0|none~1|+|none~0|none~1|none~2|",
		"|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|none~0|none~1|nor_conv_3x3~2|",
	} {
		a, err := space.Parse(text)
		if err != nil {
			panic(err)
		}
		r, err := all.Evaluate(context.Background(), a)
		fmt.Println(r.Value, r.Failure, err)
	}
	fmt.Println(trainings, "training runs")
	// Output:
	// 93.2  <nil>
	// 10 the output is not connected <nil>
	// 93.2  <nil>
	// 4 training runs
}
