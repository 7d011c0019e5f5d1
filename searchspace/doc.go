// Package searchspace defines neural architectures and the spaces that they are searched in.
//
// An [Arch] is a labelled directed acyclic graph in one or more named parts. It is immutable, implements gonum's
// graph.Directed, prints as DOT, and is read from and written to JSON.
//
// A [Space] is a set of architectures. It is described by how they are built: a [Builder] asks for one decision after
// another (the operation of a node, a field, whether an edge is there, the operation on that edge) and lists the values that the
// decision may take, so that every path of decisions ends in a valid architecture and every valid architecture has exactly
// one path. Models and searches work on decisions alone, and so run unchanged on every space.
//
// [Text] and [Parse] write and read architectures, in the customary notation of their space if it has one.
//
// To define a space of your own, call [New] with its parts and, if decisions restrict one another, rules:
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
// A [Field] is a choice that a node or an edge makes beside its operation. [Chain], [Params], [Optional], [Stack] and
// [Part.Copies] make common shapes: layers that follow one another, hyper-parameters beside a graph, blocks that may be left
// out, a cell that is repeated, and several cells. A [Rule] is a value: [AtMost], [AtLeast], [Connected], [Inputs], [Same],
// [Forbid], or any function. [Restrict] adds rules to a space, [Listed] keeps only given architectures, [Unordered] makes the
// order of nodes meaningless, a [Census] counts a space and draws from it uniformly, and [EstimateSize] estimates the size of
// one that cannot be counted. [Neighbors] lists the architectures that differ in one decision, [Mutations] yields them one at a time.
//
// [NASBench101] and [NASBench201] are the spaces of the two published tabular benchmarks. [ENASMacro], [RandWire] and
// [DARTS] are spaces of networks and cells that have to be trained to be evaluated, of the published sizes or any other.
package searchspace
