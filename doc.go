// Package graphpnas is a library for neural architecture search that learns a distribution over good architectures, as
// GraphPNAS does (Li, Liu, Sigal, Liao 2022, arXiv 2211.15155). It consists of small packages to build your own search
// programs from.
//
// A neural architecture is a labelled directed acyclic graph. A graph neural network generates it node after node, and
// learns by reinforcement which graphs are good. A search therefore has two results: the best architectures found, and a
// distribution over good ones, to sample from and to inspect.
//
// # The packages
//
// Imports run downwards only. Each package is a page of documentation with an example.
//
//	examples       programs to learn from
//	rl             the search loop, which serves every method, and the paper's method; histories, simulated time
//	  preset       settings that are known to work: the paper's and the library's own
//	  baseline     random search, regularized evolution, local search
//	  bayes        Bayesian optimization with a Gaussian process
//	  report       pages of HTML of searches, also while they run; plots: figures; tensorboard and mlflow: their files
//	generator      distributions over architectures: the contract of a model, and what works on any of them
//	  gran         the paper's model, a graph recurrent attention network
//	  lstm         the recurrent network that the paper compares it with
//	  explore      explorers that do not learn: uniform decisions and random graphs
//	evaluator      scores architectures; runs many in parallel; time limits, retries, a cache
//	  dataset      images to train networks on, read from their published files and streamed in batches
//	  network      convolutional networks of architectures, whose cost is known before they are built
//	  oracle       trains architectures from scratch and measures their accuracy
//	  predictor    predicts the results of architectures that were not evaluated, with a graph network
//	  zerocost     scores networks without training them
//	  supernet     weights that all architectures share (ENAS)
//	  store        keeps evaluations in a file, so that a search can be resumed
//	  command      evaluates with a program in any language
//	  jetstream    evaluates with workers on other machines, over a durable queue; embedded: a server for it
//	  protocol     the lines of JSON that command and jetstream exchange
//	nasbench       published benchmark tables as evaluators, and one that comes with the library
//	gnn            the layers of the graph network as Gorgonia operations
//	searchspace    what an architecture is and which are legal
//	  draw         drawings of architectures: SVG, PNG and text
//
// Data flows in a circle: a method proposes a [searchspace.Arch], an evaluator scores it, and the method sees the result when
// it proposes the next ones. Several evaluations may run in parallel.
//
// # A search
//
// A program makes a space, a method and an evaluator, and lets an rl.Search bring them together; the example below is
// complete. Use searchspace.New to make a space of your own. Any function of an architecture can be the evaluator.
//
// # Dependencies
//
// Gorgonia (gorgonia.org/gorgonia, gorgonia.org/tensor) holds the network's program and differentiates it; the layers are
// fused operations, so its graph has few, large nodes. hm (github.com/chewxy/hm) has the types that Gorgonia requires of an
// operation. Gonum (gonum.org/v1/gonum) has the graph interfaces that an architecture implements, DOT, statistics, and the
// matrices of a Gaussian process. golang.org/x/sys detects the vector instructions of the processor, locks the directory
// of an embedded server, and tells how much of a pipe was read.
//
// Published benchmarks are Python pickles, which gopickle (github.com/nlpodyssey/gopickle) runs behind a guard, and protocol
// buffers, whose wire format google.golang.org/protobuf reads. Tables are Parquet files, which parquet-go
// (github.com/parquet-go/parquet-go) writes: it is pure Go, maintained, and lighter than Apache's implementation, which
// brings Thrift, FlatBuffers and newer versions of other dependencies. It also decodes their metadata. Pages are decoded
// here, with Zstandard and Snappy from github.com/klauspost/compress, because parquet-go's reader allocates whatever a
// damaged file claims and fills pages that are too short with old memory.
//
// modernc.org/sqlite is SQLite without cgo: a file format that survives crashes and that people can query. It is large, and
// compiled only into programs that import evaluator/store. Evaluations travel to other machines by NATS JetStream, a queue on
// disk with acknowledgements: nats.go (github.com/nats-io/nats.go) is its client, and nats-server
// (github.com/nats-io/nats-server) its server, which is also written in Go and can run inside a program. It is large too, and
// compiled only into programs that import evaluator/jetstream/embedded.
//
// golang.org/x/sync reads images in parallel, and runs the searches of the examples in parallel until the first error. The
// examples draw their progress if golang.org/x/term finds a terminal, with go-runewidth (github.com/mattn/go-runewidth) to
// measure the lines, and plots with gonum.org/v1/plot; github.com/aclements/go-moremath has the Mann-Whitney test. Tests use
// testify, rapid and goleak, and jsonschema (github.com/santhosh-tekuri/jsonschema) to check what is written for other
// programs against its schema.
//
// go4.org/unsafe/assume-no-moving-gc is required only for its version: Gorgonia depends on an older one that refuses to run
// with current versions of Go.
//
// [searchspace.Arch]: https://pkg.go.dev/github.com/graphpnas/graphpnas/searchspace#Arch
package graphpnas
