// Package searchspace defines neural architectures and the spaces in which they are searched.
//
// An [Arch] is a labeled directed acyclic graph in one or more named parts. It is immutable,
// implements gonum's graph.Directed, converts to DOT, and is read from and written to JSON.
//
// A [Space] is a set of architectures. It is defined by how they are built: a [Builder] asks for
// one decision after another (the operation of a node, a field, whether there is an edge, the
// operation of that edge) and lists the allowed values, so that every path of decisions ends in a
// valid architecture and every valid architecture has exactly one path. Models and searches deal
// only with decisions, so they work with every space.
//
// [Text] and [Parse] write and read architectures, in the notation of their space if it has one.
//
// To define your own space, call [New] with its parts and, if decisions restrict one another,
// rules:
//
//	space, err := searchspace.New("my-cells", []searchspace.Part{{
//		Name:     "cell",
//		MaxNodes: 5,
//		NodeOps:  []string{"conv", "pool"},
//		NodeFields: []searchspace.Field{
//			searchspace.Ordered("kernel", 3, 5, 7).When("op", "conv"),
//		},
//	}}, searchspace.Connected())
//
// A [Field] is a choice made for a node or edge in addition to its operation. [Chain], [Params], [Optional],
// [Stack] and [Part.Copies] create common shapes: consecutive layers, hyperparameters in addition to a graph,
// optional blocks, a repeated cell, and several cells. [AtMost], [AtLeast], [Connected], [Inputs], [Same],
// [Fix] and [Forbid] create a [Rule]; any function can be one too. [Restrict] adds rules to a space, [Listed]
// keeps only given architectures, and [Unordered] ignores the order of nodes. A [Census] counts a space and
// draws from it uniformly, and [EstimateSize] estimates the size of a space that cannot be counted. [Neighbors]
// returns the architectures that differ in one decision, and [Mutations] yields them one at a time.
//
// [NASBench101] and [NASBench201] are the spaces of two published tabular benchmarks. [ENASMacro],
// [RandWire] and [DARTS] are published spaces without a table, available in the published size or
// any other. Their networks must be trained to be evaluated.
package searchspace
