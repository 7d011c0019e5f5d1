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
// Evaluators wrap one another: one that remembers answers or tries again is an Evaluator around an Evaluator.
package evaluator
