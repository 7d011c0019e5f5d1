// Package rl searches spaces of architectures. It contains the search loop, which serves every method, and the paper's
// method, [Reinforce].
//
// A [Method] decides what to evaluate next. A [Search] asks it for trials, has them evaluated and keeps the [History]:
//
//	method := rl.Reinforce{Model: model}
//	search, err := rl.New(space, method, rl.Config{Seed: 1, Workers: 8})
//	history, err := search.Run(ctx, evaluator)
//
// Package rl/preset has methods with settings that are known to work, rl/baseline and rl/bayes have others. A method of
// your own implements Propose. The methods of this module know nothing but the [State] that Propose is given. [NewState]
// builds one from a list of evaluations, so a method can be tested without a search.
//
// # In parallel, and reproducible
//
// Trials are numbered in the order in which they are proposed, in groups of Config.Batch. The group that starts at trial k
// is proposed with exactly the results of trials up to k − Lag; the later ones count as running. So a seed fixes the whole
// search, whatever the number of workers and processors and in whatever order evaluations finish, on one kind of processor: the
// vector instructions of another kind may round differently. With the default Lag, about twice the number of workers, workers rarely wait: proposals are made ahead while workers are busy. Lag 1
// is the sequential search, and with a larger Batch it searches in rounds, as the paper does.
//
// With Config.Arrival a group sees whatever has finished. Workers are always busy then, but the search depends on timing.
//
// # Several objectives, and limits
//
// A search maximizes Result.Value. [Config].Objectives names one or several figures of the results to maximize or minimize
// instead, and Limits bounds others. [History.Front] then has the evaluations that no other is better than in every respect,
// and [History.Hypervolume] says how far the front has come. Figures that are known before an evaluation, such as parameters or
// the latency by a table, come from Config.Figures: what breaks a limit on them is never evaluated. Every method of this module
// works with several objectives: State.Top and State.Scores order by non-dominated rank and hypervolume contribution. Package
// rl/pareto compares points, and rl/report/plots draws fronts. The preset for it is preset.Pareto.
//
// # Other ways to run a search
//
// [Search.Ask] and [Search.Tell] leave evaluation to a program that schedules its own jobs. [Search.Simulate] runs a search
// in simulated time, for tables that record how long trainings took. A [Recorder], such as that of package
// evaluator/store, makes a search resumable: what was proposed and what was told is on disk before the search goes on.
// [Past] evaluations let a search begin from an earlier one.
//
// # The paper's method
//
// Reinforce trains a generator by a [Learner]. [Replay] is the paper's (arXiv 2211.15155, section 3.3): a fresh generator is
// trained on the best architectures so far, weighted by their ranks. [OnPolicy] is the textbook form of REINFORCE (Williams
// 1992). A [Ranker] may choose among many architectures that the generator draws.
package rl
