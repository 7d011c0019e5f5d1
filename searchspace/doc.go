// Package searchspace says what a neural architecture is and which ones are legal.
//
// An [Arch] is a labelled directed acyclic graph in one or more named parts. It is immutable, a gonum
// graph.Directed, prints as DOT and goes through JSON both ways.
//
// A [Space] is a set of architectures. It is described by the way its members are made: a [Builder] names one
// decision after another (the operation of a node, whether an edge is there, the operation on that edge) together
// with the values that the decision may take, so that every path of decisions ends in a legal architecture and every
// legal architecture has exactly one path. Whatever learns or searches works on decisions alone, and so runs
// unchanged on every space.
//
// A space of your own is a call of [New]: its parts and, where decisions restrict one another, a [Rule]:
//
//	space, err := searchspace.New("my-cells", []searchspace.Part{{
//		Name:     "cell",
//		MaxNodes: 5,
//		NodeOps:  []string{"conv", "pool"},
//	}})
//
// [NASBench101] and [NASBench201] are the two published tabular spaces. [ENASMacro], [RandWire] and [DARTS] are spaces of
// networks and cells that have to be trained to tell how good they are, of the published sizes or any other.
package searchspace
