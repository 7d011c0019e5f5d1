// Package evaluator evaluates architectures.
//
// An [Evaluator] measures how good an architecture is. It may train a network, look the architecture up in a published table
// or call another machine; [Func] adapts a plain function. It returns a [Result]: the objective, which a search maximizes,
// further metrics, and the cost of the evaluation.
//
// An error means that one architecture failed; it does not end a search. If the error wraps [ErrBroken], however, the
// evaluator can no longer evaluate any architecture, and the search ends.
//
// A [Pool] evaluates many architectures in parallel and yields the outcomes as they arrive. It turns panics and objectives
// that are NaN or infinite into errors:
//
//	pool := evaluator.Pool{Evaluator: evaluator.Func(train), Workers: 4}
//	for o := range pool.Run(ctx, slices.Values(archs)) {
//		if o.Err != nil {
//			log.Print(o.Err)
//			continue
//		}
//		fmt.Println(o.Arch, o.Result.Value)
//	}
//
// Evaluators need not be written in Go or run on this machine: package evaluator/command runs any program, and
// evaluator/jetstream distributes evaluations to workers on other machines.
//
// # Wrappers
//
// A wrapper is an Evaluator that adds a feature to another one:
//
//   - [Limited] limits the time of each evaluation.
//   - [Retried] retries evaluations that fail with [ErrTemporary].
//   - [Cached] evaluates architectures that the space treats as equal only once at each budget.
//   - Package evaluator/store keeps every outcome in a file, so that a search can be stopped and resumed.
//   - [Penalized] turns a failure into a low objective, so that a search can learn from it.
//   - Package evaluator/zerocost filters out architectures whose untrained networks score badly, so that expensive
//     evaluations are spent on the rest.
//
// Nest them in this order, the first innermost. Here every attempt may take an hour:
//
//	attempts := evaluator.Retried{Evaluator: evaluator.Limited{Evaluator: evaluator.Func(train), Timeout: time.Hour}}
//	once := &evaluator.Cached{Space: space, Evaluator: attempts}
//	all := evaluator.Penalized{Evaluator: once, Value: 10}
//
// [Permanent] failures are cached and stored. A failure is not permanent if the evaluation was interrupted, if it may succeed
// later ([ErrTemporary]), or if the evaluator and not the architecture is or may be at fault ([ErrBroken], [ErrUncertain]).
//
// # Budgets
//
// A [Budgeted] evaluator also evaluates at smaller budgets than its own, such as fewer epochs. It
// may continue a training run that an evaluation at a smaller budget began:
//
//	short, err := evaluator.TryAt(ctx, e, arch, evaluator.Budget{Amount: 4})
//	…
//	long, err := evaluator.TryAt(ctx, e, arch, evaluator.Budget{Amount: 36, Resume: short.Resume})
//
// A running evaluation may [Report] its progress and the objective so far to its caller. All wrappers pass on budgets
// and reports.
package evaluator
