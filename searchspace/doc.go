// Package searchspace defines neural architectures and the spaces that they are searched in.
//
// An [Arch] is a labelled directed acyclic graph in one or more named parts. It is immutable, implements gonum's
// graph.Directed, prints as DOT, and is read from and written to JSON.
//
// A [Space] is a set of architectures. It is described by how they are built: a [Builder] asks for one decision after
// another (the operation of a node, whether an edge is there, the operation on that edge) and lists the values that the
// decision may take, so that every path of decisions ends in a valid architecture and every valid architecture has exactly
// one path. Models and searches work on decisions alone, and so run unchanged on every space.
//
// [Text] and [Parse] write and read architectures, in the customary notation of their space if it has one.
//
// To define a space of your own, call [New] with its parts and, if decisions restrict one another, a [Rule]:
//
//	space, err := searchspace.New("my-cells", []searchspace.Part{{
//		Name:     "cell",
//		MaxNodes: 5,
//		NodeOps:  []string{"conv", "pool"},
//	}})
//
// [NASBench101] and [NASBench201] are the spaces of the two published tabular benchmarks. [ENASMacro], [RandWire] and
// [DARTS] are spaces of networks and cells that have to be trained to be evaluated, of the published sizes or any other.
package searchspace
