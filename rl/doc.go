// Package rl searches spaces of neural architectures. It contains the search loop, which works with
// any method, and the paper's method, [Reinforce].
//
// A [Method] decides what to evaluate next. A [Search] asks the method for trials, evaluates them
// and keeps the [History]:
//
//	method := rl.Reinforce{Model: model}
//	search, err := rl.New(space, method, rl.Config{Seed: 1, Workers: 8})
//	history, err := search.Run(ctx, evaluator)
//
// Package rl/preset has methods with proven settings; packages rl/baseline and rl/bayes have
// further methods. To write your own method, implement Propose. The built-in methods use only the
// [State] that Propose receives, so yours can do everything they do. [NewState] builds a State from
// a list of evaluations, so a method can be tested without a search.
//
// # Parallel and reproducible searches
//
// Trials are numbered in the order in which they are proposed, in groups of Config.Batch. The group
// that starts at trial k is proposed with exactly the results of trials up to k − Lag; later trials
// count as running. A seed, with Lag and Batch, therefore determines the whole search, regardless of
// the order in which evaluations finish and of the number of processors. The default Lag depends on
// Workers and Evaluations: set Lag to get the same search with other values of either. All amd64 processors
// with AVX2 give the same search; other kinds of processor may round differently, and so lead to
// another one.
//
// Groups are proposed ahead of time, so workers rarely wait in a long search. The default Lag grows
// from Workers to 3·Workers, because a method learns most from the first results, but not beyond a
// sixth of Evaluations, because in a short search every result counts. Lag 1 with Batch 1 is a sequential search.
// Lag 1 with a larger Batch searches in rounds, as the paper does. With Config.Arrival, a group sees
// every result that has arrived: workers are always busy, but the search depends on timing.
//
// # Several objectives and limits
//
// A figure of a result is its Value or one of its Metrics. By default, a search maximizes
// Result.Value. [Config].Objectives names one or more figures to maximize or minimize instead, and
// Limits bounds others. [History.Front] returns the evaluations that no other evaluation dominates,
// and [History.Hypervolume] measures the progress of the front. Figures that need no evaluation,
// such as parameters or table-based latency, come from Config.Figures; architectures that break a
// limit on them are never evaluated. Every method of this module works with several objectives:
// State.Top and State.Scores order by non-dominated rank and hypervolume contribution. Package
// rl/pareto compares points, package rl/report/plots draws fronts, and preset.Pareto is a preset
// for several objectives.
//
// # Other ways to run a search
//
// [Search.Ask] and [Search.Tell] are for programs that schedule their own evaluations.
// [Search.Simulate] runs a search in simulated time, for tables that record training times. A
// [Recorder], such as that of package evaluator/store, makes a search resumable: it records every
// proposal and result before the search goes on. With [Past] evaluations, a search starts from the
// results of an earlier one.
//
// # The paper's method
//
// Reinforce trains a generator with a [Learner]. [Replay] is the paper's learner (arXiv 2211.15155,
// section 3.3): it trains a fresh generator on the best architectures so far, weighted by rank.
// [OnPolicy] is textbook REINFORCE (Williams 1992). A [Ranker] can choose among many architectures
// that the generator draws.
package rl
