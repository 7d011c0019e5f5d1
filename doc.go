// Package graphpnas is a library for neural architecture search that learns a probability distribution over good
// architectures, as GraphPNAS does (Li, Liu, Sigal, Liao 2022, arXiv 2211.15155). It consists of small packages from which you
// build your own search programs.
//
// A neural architecture is a labeled directed acyclic graph. A graph neural network generates it node by node, and
// learns by reinforcement learning which graphs are good. A search therefore has two results: the best architectures
// found, and a distribution over good ones that you can sample and inspect.
//
// # Packages
//
// Imports run downwards only. Every package has an example.
//
//	examples       lessons and tools
//	rl             the search loop, which serves every method, and the paper's method; histories, simulated time
//	  preset       settings that are known to work: the paper's and the library's own
//	  baseline     random search, regularized evolution, local search, NSGA-II; successive halving, Hyperband, ASHA
//	  bayes        Bayesian optimization with Gaussian processes
//	  report       HTML pages of searches, also while they run; in subpackages, figures and files for TensorBoard and MLflow
//	generator      distributions over architectures: the Model interface, and functions for any model
//	  gran         the paper's model, a graph recurrent attention network
//	  lstm         the recurrent network that the paper compares it with
//	  explore      explorers that do not learn: uniform decisions and random graphs
//	nasbench       published benchmark tables as evaluators, and a table that comes with the library
//	evaluator      scores architectures; parallel evaluation, time limits, retries, a cache
//	  dataset      images to train networks on, read from their published files and streamed in batches
//	  network      builds convolutional networks from architectures, and knows their cost beforehand
//	    export     ONNX models and PyTorch source of networks
//	  oracle       trains architectures from scratch and measures their accuracy
//	  predictor    predicts the results of architectures that have not been evaluated
//	  zerocost     scores networks without training them
//	  supernet     weights that all architectures share (ENAS)
//	  store        keeps evaluations in a file, so that a search can be resumed
//	  command      evaluates with a program in any language
//	  jetstream    evaluates with workers on other machines, over a durable queue; embedded: a server for it
//	  protocol     the lines of JSON that command and jetstream exchange
//	gnn            the layers of the graph network as Gorgonia operations
//	searchspace    what an architecture is and which ones are valid
//	  draw         drawings of architectures: SVG, PNG and text
//
// # A search
//
// A program creates a space, a method and an evaluator, and an rl.Search connects them. The method proposes a
// [searchspace.Arch], the evaluator scores it, and the method sees the result when it proposes the next ones. The
// example below is complete. Use searchspace.New to define your own space. Any function that scores an
// architecture can be the evaluator.
//
// The directory docs has a guide, the architecture of the library, its benchmarks, and why each dependency is there.
//
// [searchspace.Arch]: https://pkg.go.dev/github.com/graphpnas/graphpnas/searchspace#Arch
package graphpnas
