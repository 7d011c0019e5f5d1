// Package generator has distributions over architectures.
//
// A [GraphGenerator] draws architectures of a space. A [Model] is one that learns: it tells the exact probability of what
// it draws, trains on rewarded architectures, is saved and loaded, and lets itself be looked into.
//
// [GRAN] is the paper's model (GraphPNAS, arXiv 2211.15155), a graph network that makes an architecture node after node.
// It has two forms: [PaperForm], and [CausalForm], whose cost grows more slowly with the graph. It follows the decisions
// of the space's Builder, so that every sample is legal and all probabilities sum to one, in any space:
//
//	model, err := generator.NewGRAN(space, generator.Config{}, rng)
//	report, err := model.Fit(ctx, rng, examples, generator.FitOptions{Epochs: 70})
//	archs, err := model.Sample(ctx, rng, 10)
//	logProbs, err := model.LogProb(ctx, archs)
//
// [LSTM] is what the paper compares it with: a recurrent network that makes one decision after the other.
//
// To look inside, [Model.MostProbable] finds the most probable architectures by beam search, [EstimateMarginals] the
// probability of every edge and operation, [EstimateEntropy] how spread out the distribution is, and
// [GRAN.WithTemperature] sharpens or flattens it.
//
// [Uniform], [ErdosRenyi], [WattsStrogatz] and [BarabasiAlbert] do not learn: they explore a space, and are what learning
// has to beat. [PaperExplorer] picks the paper's for the form of a space, and [Mixture] draws from several.
package generator
