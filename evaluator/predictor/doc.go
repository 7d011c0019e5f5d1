// Package predictor predicts an objective of architectures from recorded ones, by graph networks made of the layers of
// package gnn. It works for any space and any objective: the recorded values may be part of a published table, or the
// evaluations of a search so far.
//
// [Train] learns from examples and returns a [Predictor], which can be saved and loaded. A [Surrogate] is an
// evaluator.Evaluator that answers with the recorded value if there is one and with a prediction otherwise, and says which:
//
//	p, err := predictor.Train(ctx, space, examples, predictor.Config{})
//	values, err := p.Predict(ctx, archs)
//	e := predictor.Surrogate{Recorded: table, Missing: nasbench.ErrNotRecorded, Value: p}
//
// # The network
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
// where N is the largest number of nodes in the space. The network sees which node is first and which is last, but not how the
// others are numbered, so isomorphic architectures with the same first and last nodes get the same prediction, up to rounding.
// It cannot learn an objective that depends on the order of the others.
//
// # The objective
//
// The network regresses the normal scores of the values: the quantiles of a normal distribution at their ranks. So the unit of
// the objective does not matter, nor how far failures lie below the rest, and good architectures are distinguished however
// close their values are. Scores are turned back into values by linear interpolation between recorded values. Several networks
// are trained from different starts, and their scores are averaged.
//
// # How good it is
//
// With the standard settings, on 1,000 architectures that were not trained on (Kendall's τ-b and Spearman's ρ):
//
//	NAS-Bench-101, 108 epochs, 9,000 cells trained on               τ 0.876  ρ 0.978
//	NAS-Bench-201, CIFAR-10 at 12 epochs, 1,000 cells trained on    τ 0.875  ρ 0.974
//	NAS-Bench-201, CIFAR-100 at 12 epochs, 1,000 cells trained on   τ 0.880  ρ 0.977
//
// The first training takes about a minute on two cores. BenchmarkNB101 and BenchmarkNB201 measure these figures, of
// NAS-Bench-101 with one training a cell.
package predictor
