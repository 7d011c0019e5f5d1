// Package predictor predicts an objective of architectures from recorded ones. It works for any space and any objective: the
// recorded values may be part of a published table, or the evaluations of a search so far.
//
// [Train] and [TrainProcess] learn from examples and return a [Predictor], which can be saved and loaded. A [Surrogate] is an
// evaluator.Evaluator that answers with the recorded value if there is one and with a prediction otherwise, and says which:
//
//	p, err := predictor.Train(ctx, space, examples, predictor.Config{})
//	values, err := p.Predict(ctx, archs)
//	e := predictor.Surrogate{Recorded: table, Missing: nasbench.ErrNotRecorded, Value: p}
//
// There are two models. Train fits graph networks, which read the whole graph and need a thousand examples or more to be at their
// best. TrainProcess fits a Gaussian process, which compares statistics of graphs, or [Features] of your own: it suits a few
// hundred examples, whose values may be noisy. [CrossValidate] shows which of the two suits a table.
//
// # The graph networks
//
// An architecture is the disjoint union of its parts, each edge in both directions. Node v starts from
//
//	h_v = X_op(v) + R_role(v) + Σ_fields F_value
//
// where X are embeddings of operations, and R of roles: whether the node is the first of its part, the last, both or neither.
// Each part has its own. A field that exists at the node adds the embedding of its value, an ordered one a + x b with x the
// place of the value in the order, from 0 to 1. Layers of gated message passing follow (gnn.MessagePassing; GRAN, arXiv
// 1910.00760, equations 3 to 6), which see the class of an edge: its part, operation, direction and fields. The readout is
//
//	y = MLP[ Σ_v h_v / N | Σ_v last of its part h_v ]
//
// where N is the largest number of nodes in the space. The networks see which node is first and which is last, but not how the
// others are numbered, so isomorphic architectures with the same first and last nodes get the same prediction, up to rounding.
// They cannot learn an objective that depends on the order of the others. Several networks are trained from different starts,
// and their scores are averaged.
//
// # The Gaussian process
//
// Features are standardized, and the covariance of two architectures at the distance d = |x − x'| / √F of their F features that
// vary is
//
//	k(d) = σ² (1 + √3 d/ℓ) exp(−√3 d/ℓ)
//
// the Matérn function of smoothness 3/2 (Rasmussen & Williams 2006, equation 4.17), with noise added to recorded values. The length
// ℓ and the noise are those of a small grid under which the examples are most likely, given the best σ² (equation 2.30). The
// prediction is the posterior mean. It returns to the middle of the recorded values far from all of them, so a search finds little
// to exploit where nothing is known.
//
// # Scores and the range of predictions
//
// Both models regress the normal scores of the values: the quantiles of a normal distribution at their ranks. So the unit of
// the objective does not matter, nor how far failures lie below the rest, and good architectures are distinguished however
// close their values are. Scores are turned back into values by linear interpolation between recorded values.
//
// Predictions are never outside the range of the recorded values. They are not cut off at its ends either, where a search would
// find all architectures equally good: within half of the first and the last interval between recorded values, the map from
// scores to values bends towards the end of the range and approaches it exponentially, so that a higher score still has a
// higher value.
//
// # How good it is
//
// With the standard settings, on 1,000 architectures that were not trained on (Kendall's τ-b and Spearman's ρ), the networks reach:
//
//	NAS-Bench-101, 108 epochs, 9,000 cells trained on               τ 0.876  ρ 0.978
//	NAS-Bench-201, CIFAR-10 at 12 epochs, 1,000 cells trained on    τ 0.875  ρ 0.974
//	NAS-Bench-201, CIFAR-100 at 12 epochs, 1,000 cells trained on   τ 0.880  ρ 0.977
//
// The first training takes about a minute on two cores. BenchmarkNB101 and BenchmarkNB201 measure these figures, of
// NAS-Bench-101 with one training a cell. docs/surrogates.md has figures for ENAS networks and for random wirings, on which the
// Gaussian process predicts far better than the networks.
package predictor
