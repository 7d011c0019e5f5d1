// Package generator defines distributions over neural architectures and functions that work with
// all of them.
//
// A [GraphGenerator] draws architectures of a search space. A [Model] is a generator that learns:
// it also computes the exact probability of an architecture, trains on rewarded architectures
// ([Example], [FitOptions]), finds the most probable ones, and can be saved. The implementations
// are in separate packages:
//
//	gran      the paper's model, a graph recurrent attention network
//	lstm      the recurrent network that the paper compares it with
//	explore   generators that do not learn: uniform decisions and random graphs
//
// Search programs use these interfaces, so models are interchangeable:
//
//	func train(ctx context.Context, m generator.Model, best []generator.Example, rng *rand.Rand) ([]searchspace.Arch, error) {
//		if _, err := m.Fit(ctx, rng, best, generator.FitOptions{Epochs: 70}); err != nil {
//			return nil, err
//		}
//		return m.Sample(ctx, rng, 10)
//	}
//
// Three functions inspect a distribution: [Model.MostProbable] finds the most probable
// architectures, [EstimateMarginals] estimates the probability of every edge, operation and field
// value, and [EstimateEntropy] estimates how spread out the distribution is. A [Mixture] draws from
// several generators.
//
// # Your own model
//
// A search can train any type that implements Model, just like the built-in ones. Follow the
// space's Builder decision by decision ([searchspace.Path] returns the decisions of an
// architecture) and renormalize the probabilities over the values that each decision allows. Then
// every sample is valid, no sample is rejected, and the probabilities of all architectures sum to
// one.
package generator
