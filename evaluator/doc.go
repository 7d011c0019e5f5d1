// Package evaluator scores architectures.
//
// An [Evaluator] answers one question: how good is this architecture? It may train a network, read a published table
// or ask another machine; a plain function becomes one with [Func]. Whatever it does, its answer is a [Result]: the
// objective that a search maximises, further metrics that ride along, and what the evaluation cost.
//
// An evaluation may fail without ending a search: an error is the failure of that one architecture. Only an error that
// wraps [ErrBroken] says that the evaluator can score nothing any more.
//
// A [Pool] runs an evaluator on many architectures at once and hands the outcomes back as they come. It turns what
// would otherwise bring a search down, a panic or an objective that is not a number, into errors like any other:
//
//	pool := evaluator.Pool{Evaluator: evaluator.Func(train), Workers: 4}
//	for o := range pool.Run(ctx, archs) {
//		if o.Err != nil {
//			log.Print(o.Err)
//			continue
//		}
//		fmt.Println(o.Arch, o.Result.Value)
//	}
//
// What evaluates need not be Go, nor run on this machine: package evaluator/command asks any program, and
// evaluator/jetstream workers on other machines.
//
// # Evaluators around evaluators
//
// What evaluations need besides is an Evaluator around an Evaluator:
//
//   - [Limited] gives each a time limit.
//   - [Retried] tries again what has failed for a time, by errors that wrap [ErrTemporary].
//   - [Cached] evaluates once what the space counts as one, also at the same time.
//   - [Penalized] gives what has failed for good an objective, for a search to learn from.
//   - Package evaluator/store keeps every outcome in a file, from which a search that was stopped goes on.
//   - Package evaluator/zerocost spares a dear evaluator those whose networks score badly before they are trained.
//
// They go together from the inside out in this order, here with an hour for each attempt:
//
//	attempts := evaluator.Retried{Evaluator: evaluator.Limited{Evaluator: evaluator.Func(train), Timeout: time.Hour}}
//	once := &evaluator.Cached{Space: space, Evaluator: attempts}
//	all := evaluator.Penalized{Evaluator: once, Value: 10}
//
// [Permanent] is what they go by: a failure is remembered, stored or penalised where the evaluator would fail again, and
// neither where it was cut short, may succeed later, or is the evaluator's and not the architecture's.
package evaluator
