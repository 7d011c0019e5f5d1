// Package generator defines distributions over neural architectures, and what works on any of them.
//
// A [GraphGenerator] draws architectures of a search space. A [Model] is a generator that learns: it also gives the exact
// probability of an architecture, trains on rewarded architectures ([Example], [FitOptions]), finds the most probable ones,
// and can be saved. The implementations have packages of their own:
//
//	gran      the paper's model, a graph recurrent attention network
//	lstm      the recurrent network that the paper compares it with
//	explore   generators that do not learn: uniform decisions and random graphs
//
// Search programs are written against these interfaces, so that models can be exchanged:
//
//	func train(ctx context.Context, m generator.Model, best []generator.Example, rng *rand.Rand) ([]searchspace.Arch, error) {
//		if _, err := m.Fit(ctx, rng, best, generator.FitOptions{Epochs: 70}); err != nil {
//			return nil, err
//		}
//		return m.Sample(ctx, rng, 10)
//	}
//
// Three functions look inside a distribution: [Model.MostProbable] finds the most probable architectures,
// [EstimateMarginals] estimates the probability of every edge, operation and value of a field, and [EstimateEntropy]
// estimates how spread out the distribution is. A [Mixture] draws from several generators.
//
// # Your own model
//
// A type of yours that implements Model can be trained by a search as the built-in ones are. Follow the space's Builder
// decision by decision ([searchspace.Path] gives the decisions of an architecture) and renormalise the probabilities over
// what each decision allows. Then every sample is legal, no sample is ever rejected, and the probabilities of all
// architectures sum to one.
package generator
