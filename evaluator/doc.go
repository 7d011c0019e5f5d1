// Package evaluator evaluates architectures.
//
// An [Evaluator] says how good an architecture is. It may train a network, look the architecture up in a published table
// or ask another machine; [Func] turns a plain function into one. It returns a [Result]: the objective that a search
// maximises, further metrics, and what the evaluation cost.
//
// An error is the failure of one architecture and does not end a search, unless it wraps [ErrBroken]: then the evaluator
// cannot evaluate anything any more.
//
// A [Pool] evaluates many architectures in parallel and yields the outcomes as they arrive. It turns panics and objectives
// that are not finite into errors:
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
// An Evaluator that wraps another adds what evaluations need besides:
//
//   - [Limited] limits the time of each evaluation.
//   - [Retried] retries evaluations that fail with [ErrTemporary].
//   - [Cached] evaluates architectures that the space counts as the same only once at each budget.
//   - [Penalized] gives an architecture that fails an objective, so that a search can learn from it.
//   - Package evaluator/store keeps every outcome in a file, so that a search can be stopped and resumed.
//   - Package evaluator/zerocost filters out architectures whose untrained networks score badly, so that expensive
//     evaluations are spent on the rest.
//
// Nest them in this order, the first innermost; here every attempt has an hour:
//
//	attempts := evaluator.Retried{Evaluator: evaluator.Limited{Evaluator: evaluator.Func(train), Timeout: time.Hour}}
//	once := &evaluator.Cached{Space: space, Evaluator: attempts}
//	all := evaluator.Penalized{Evaluator: once, Value: 10}
//
// Failures that are [Permanent] are remembered and stored. Failures are not permanent if the evaluation was interrupted, if
// it may succeed later ([ErrTemporary]), or if they are or may be the evaluator's fault and not the architecture's
// ([ErrBroken], [ErrUncertain]).
//
// # Budgets
//
// An Evaluator that is [Budgeted] also evaluates at smaller budgets than its own, such as fewer epochs, and may continue a
// training that a smaller budget has left:
//
//	short, err := evaluator.TryAt(ctx, e, arch, evaluator.Budget{Amount: 4})
//	…
//	long, err := evaluator.TryAt(ctx, e, arch, evaluator.Budget{Amount: 36, Resume: short.Resume})
//
// While it runs, an evaluation may [Report] its progress and what it has measured so far to whoever asked for it. All wrappers
// pass budgets and reports on.
package evaluator
