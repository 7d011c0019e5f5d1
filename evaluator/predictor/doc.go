// Package predictor predicts an objective of architectures from recorded values. It works for any space and any objective. The
// recorded values may be a part of a published table, or the evaluations of a search so far.
//
// [Train] and [TrainProcess] fit a model to examples and return a [Predictor], which can be saved and loaded. A [Surrogate] is
// an evaluator.Evaluator that returns the recorded value if there is one, and otherwise a prediction; a metric records which:
//
//	p, err := predictor.Train(ctx, space, examples, predictor.Config{})
//	values, err := p.Predict(ctx, archs)
//	e := predictor.Surrogate{Recorded: table, Missing: nasbench.ErrNotRecorded, Value: p}
//
// There are two models. Train fits graph networks, which read the whole graph; they work best with a thousand examples or more.
// TrainProcess fits a Gaussian process to statistics of graphs, or to your own [Features]; it suits a few hundred examples,
// even if their values are noisy. Use [CrossValidate] to choose between the two.
//
// # Graph networks
//
// An architecture is represented as the disjoint union of its parts, with each edge in both
// directions. The initial state of node v is
//
//	h_v = X_op(v) + R_role(v) + Σ_fields F_value
//
// where X are embeddings of operations and R embeddings of roles: whether the node is the first of
// its part, the last, both or neither. Each part has its own embeddings. A field that exists at the
// node adds the embedding of its value; an ordered field adds a + x b, where x is the position of
// the value in the order, from 0 to 1. Layers of gated message passing follow (gnn.MessagePassing;
// GRAN, arXiv 1910.00760, equations 3 to 6). They read the class of each edge: its part, operation,
// direction and fields. The readout is
//
//	y = MLP[ Σ_v h_v / N | Σ_v last of its part h_v ]
//
// where N is the maximum number of nodes in the space. The networks know which nodes are first and last, but not the order of the
// others, so isomorphic architectures with the same first and last nodes have the same prediction, up to rounding. The networks
// cannot learn an objective that depends on the order of the other nodes. Several networks are trained from different initial
// weights, and their scores are averaged.
//
// # Gaussian process
//
// Features are standardized. The covariance of two architectures at distance d = |x − x'| / √F,
// where F is the number of features that vary, is
//
//	k(d) = σ² (1 + √3 d/ℓ) exp(−√3 d/ℓ)
//
// the Matérn function of smoothness 3/2 (Rasmussen & Williams 2006, equation 4.17). Noise is added
// to recorded values. The length ℓ and the noise are chosen from a small grid to maximize the
// likelihood of the examples, with the best σ² for each (equation 2.30). The prediction is the
// posterior mean. Far from all examples it approaches the middle of the recorded values, so a
// search cannot exploit unknown regions.
//
// # Scores and the range of predictions
//
// Both models predict the normal scores of the values: the quantiles of a normal distribution at
// their ranks. Therefore neither the unit of the objective nor the distance of failures from the
// rest matters, and good architectures are distinguished even if their values are close. Scores are
// converted back to values by linear interpolation between recorded values.
//
// Predictions never leave the range of the recorded values. They are not clipped at its ends, because a
// search could not distinguish clipped architectures. Instead, in the outer halves of the first and the
// last interval between recorded values, the map from scores to values approaches the end of the range
// exponentially, so that a higher score still gives a higher value.
//
// # Accuracy
//
// With the default settings, the networks reach the following Kendall's τ-b and Spearman's ρ on 1,000 architectures that were not
// trained on:
//
//	NAS-Bench-101, 108 epochs, 9,000 cells trained on               τ 0.876  ρ 0.978
//	NAS-Bench-201, CIFAR-10 at 12 epochs, 1,000 cells trained on    τ 0.875  ρ 0.974
//	NAS-Bench-201, CIFAR-100 at 12 epochs, 1,000 cells trained on   τ 0.880  ρ 0.977
//
// The first training takes about a minute on two cores. BenchmarkNB101 and BenchmarkNB201 measure
// these figures; for NAS-Bench-101 they use one recorded training per cell. docs/surrogates.md has
// figures for ENAS networks and for random wirings, for which the Gaussian process is much better
// than the networks.
package predictor
