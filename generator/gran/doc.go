// Package gran implements the generator of GraphPNAS (arXiv 2211.15155): a graph recurrent attention network (GRAN,
// Liao et al. 2019, arXiv 1910.00760) that generates an architecture node by node.
//
//	model, err := gran.New(space, gran.Config{}, rng)
//	report, err := model.Fit(ctx, rng, examples, generator.FitOptions{Epochs: 70})
//	archs, err := model.Sample(ctx, rng, 10)
//	logProbs, err := model.LogProb(ctx, archs)
//
// # The distribution
//
// For node t, the network passes messages over the graph of the nodes so far, with t connected to
// all of them, and computes three distributions from the final states:
//
//	edges of t         Σ_k α_k Π_j θ_ktj^a (1−θ_ktj)^(1−a)
//	operation of t     softmax φ_t
//	operation of j→t   softmax ψ_tj, if the edge is present
//
// The edges are a mixture of Bernoulli products, so they depend on one another. Fields are decided
// one after another. In the paper's form, field f of a node or edge reads the same state as its
// operation, plus embeddings e of the operation and of the fields before f:
//
//	field f of t       softmax MLP(h_t, e_op + Σ_{g<f} e_g), after the operation of t
//	field f of j→t     softmax MLP(h_t − h_j, e_op + Σ_{g<f} e_g), after the operation of j→t
//
// The model follows the decisions of the space's Builder and renormalizes every choice over the
// values that the Builder allows, within each component of the mixture. Every sample is therefore
// legal and LogProb is exact, in any space. A space with several parts has a network for each part.
//
// # Two forms
//
// [PaperForm] is the published network. It runs over the whole graph again for each new node. Node
// operations depend only on edges, and the parts of a space are independent.
//
// [CausalForm] makes every decision depend on all decisions before it: about earlier parts, earlier nodes and
// the same node. It can learn, for example, that a small learning rate suits a large width. It computes each
// node once, so its cost grows more slowly with the size of the graph, and it is fastest on a
// [searchspace.Chain]. Use it unless you want to reproduce the paper's results.
//
// # Files
//
// [Model.Save] writes a safetensors file, which other frameworks can read too. Its tensors are
// named part/parameter. [Load] reads it.
package gran
