package evaluator_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// trainer pretends to train networks whose accuracy is ten times the number of epochs.
type trainer struct{}

func (trainer) Unit() string { return "epochs" }

func (t trainer) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return t.EvaluateAt(ctx, a, evaluator.Budget{Amount: 9})
}

func (trainer) EvaluateAt(ctx context.Context, _ searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	trained, _ := strconv.Atoi(b.Resume) // 0 if there is nothing to resume
	for epoch := trained + 1; epoch <= int(b.Amount); epoch++ {
		accuracy := 10 * float64(epoch)
		evaluator.Report(ctx, evaluator.Progress{
			Fraction: float64(epoch) / b.Amount, Epoch: float64(epoch), Value: &accuracy,
		})
	}
	return evaluator.Result{Value: 10 * b.Amount, Resume: fmt.Sprint(b.Amount)}, nil
}

// A Budgeted evaluator trains for two epochs. Then it continues the training up to four epochs, and a Recording collects the
// learning curve of the continuation.
func ExampleBudgeted() {
	var arch searchspace.Arch
	ctx := context.Background()
	short, err := evaluator.TryAt(ctx, trainer{}, arch, evaluator.Budget{Amount: 2})
	fmt.Println(short.Value, err)

	var recording evaluator.Recording
	long, err := evaluator.TryAt(recording.Context(ctx), trainer{}, arch, evaluator.Budget{Amount: 4, Resume: short.Resume})
	fmt.Println(long.Value, err)
	fmt.Println(recording.Curve())
	// Output:
	// 20 <nil>
	// 40 <nil>
	// [{3 30} {4 40}]
}

// RunJobs evaluates architectures at different budgets.
func ExamplePool_RunJobs() {
	var arch searchspace.Arch
	pool := evaluator.Pool{Evaluator: trainer{}, Workers: 1}
	jobs := func(yield func(evaluator.Job) bool) {
		for _, epochs := range []float64{1, 3} {
			if !yield(evaluator.Job{Arch: arch, Budget: evaluator.Budget{Amount: epochs}}) {
				return
			}
		}
	}
	for o := range pool.RunJobs(context.Background(), jobs) {
		fmt.Println(o.Budget, "epochs:", o.Result.Value)
	}
	// Output:
	// 1 epochs: 10
	// 3 epochs: 30
}

// The sentinel that an error wraps decides whether the failure is cached and stored.
func ExamplePermanent() {
	ctx := context.Background()
	fmt.Println(evaluator.Permanent(ctx, errors.New("the network does not fit on the GPU")))
	fmt.Println(evaluator.Permanent(ctx, fmt.Errorf("no GPU is free: %w", evaluator.ErrTemporary)))
	fmt.Println(evaluator.Permanent(ctx, fmt.Errorf("the data is missing: %w", evaluator.ErrBroken)))
	// Output:
	// true
	// false
	// false
}
