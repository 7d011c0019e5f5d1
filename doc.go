// Package graphpnas is neural architecture search with learned distributions over graphs: GraphPNAS (Li, Liu, Sigal,
// Liao 2022, arXiv 2211.15155) as a library of small packages to wire together.
//
// A neural architecture is a labelled directed acyclic graph. A graph neural network generates it node after node, and
// learns by reinforcement which graphs are good. What comes out of a search is therefore two things: the best
// architectures found, and a distribution over good ones, to sample from and to look into.
//
// # The packages
//
// Imports run downwards only; each package is a page of documentation with an example.
//
//	examples       programs to copy
//	rl             the search: sample → evaluate → reward → fit; exploration, learners, history
//	generator      distributions over architectures: what models have in common, and what works on any of them
//	  gran         the paper's model, a graph recurrent attention network
//	  lstm         the recurrent network that the paper compares it with
//	  explore      explorers that do not learn: uniform decisions and random graphs
//	evaluator      what scores an architecture; a pool that runs many at once; time limits, retries, a cache
//	  dataset      images to train networks on, read from their published files and streamed in batches
//	  network      convolutional networks of architectures, counted before they are built
//	  oracle       trains architectures from scratch, and says how accurate they are
//	  predictor    an objective where it is not recorded, predicted by a graph network
//	  zerocost     scores of untrained networks, alone or beside a dear evaluator
//	  supernet     weights that all architectures share (ENAS), trained on what a generator draws, as an evaluator
//	  store        evaluations in a file, from which a search that was stopped goes on
//	  command      any program as an evaluator, asked over its standard input and output
//	  jetstream    workers on other machines as an evaluator, over a queue that survives them; embedded: a server for it
//	  protocol     the lines of JSON that it is asked in
//	nasbench       published tables as evaluators, and one that comes with the library
//	gnn            the layers of the graph network as Gorgonia operations
//	searchspace    what an architecture is and which are legal
//
// Data goes one way round, once a round: the [searchspace.Arch] that the generator or an explorer draws go through an
// evaluator.Pool, their results become rewards, the rewarded architectures train the generator, and it draws the next.
//
// # A search
//
// A program makes a space, a generator for it and an evaluator, and hands them to a trainer; the example below is
// complete. A space of your own is a call of searchspace.New, an evaluator any function of an architecture.
//
// # What it is built on
//
// Gorgonia (gorgonia.org/gorgonia, gorgonia.org/tensor) holds the network's program and differentiates it; the layers are
// fused operations, so that its graph has few, large nodes. hm (github.com/chewxy/hm) has the types that Gorgonia asks
// of an operation. Gonum (gonum.org/v1/gonum) has the graph interfaces that an architecture satisfies, DOT, statistics,
// and the matrices of a Gaussian process. golang.org/x/sys tells which vector instructions the processor has, and locks the
// directory of an embedded server. Published benchmarks are Python pickles, which gopickle (github.com/nlpodyssey/gopickle)
// runs behind a guard, and protocol buffers, whose wire format google.golang.org/protobuf reads. Tables are Parquet files,
// which parquet-go (github.com/parquet-go/parquet-go) writes: pure Go, kept up, and lighter than Apache's own, which brings
// Thrift, FlatBuffers and newer versions of what is here. It decodes their metadata too; pages are decoded here, with
// Zstandard and Snappy from github.com/klauspost/compress, because its own reader takes any amount of memory for what a
// damaged file claims, and fills a page that is too short with what was in memory before. modernc.org/sqlite is SQLite
// without cgo: a file format that survives crashes and that people can query. It is large, and compiled only for who imports
// evaluator/store. Evaluations travel to other machines by NATS JetStream, a queue on disk with acknowledgements: nats.go
// (github.com/nats-io/nats.go) is its client, and nats-server (github.com/nats-io/nats-server) the server, which is in Go too
// and runs inside a program where there is no other. It is large as well, and compiled only for who imports
// evaluator/jetstream/embedded.
//
// golang.org/x/sync reads images, and runs the examples' searches, side by side until the first error.
//
// The examples draw their progress with mpb (github.com/vbauerster/mpb) where golang.org/x/term finds a terminal, and
// plots with gonum.org/v1/plot; github.com/aclements/go-moremath has the Mann-Whitney test. Tests use testify, rapid and
// goleak, and jsonschema (github.com/santhosh-tekuri/jsonschema) to hold what is written to other programs against its
// schema.
// go4.org/unsafe/assume-no-moving-gc is here only to be recent: Gorgonia brings an older one that refuses to run on
// today's Go.
//
// [searchspace.Arch]: https://pkg.go.dev/github.com/graphpnas/graphpnas/searchspace#Arch
package graphpnas
