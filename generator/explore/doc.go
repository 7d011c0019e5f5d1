// Package explore provides generators that do not learn. They explore a space at the start of a
// search, and they serve as baselines for learned generators.
//
//	Uniform          every decision uniform over what the space allows, or over chosen edge operations
//	ErdosRenyi       every edge present independently with the same probability
//	WattsStrogatz    small-world graphs
//	BarabasiAlbert   scale-free graphs
//
// The last three draw random graphs and reject those that the space does not allow. Use them in
// spaces where valid graphs are not too rare: Sample returns [ErrRejected] after a million rejected
// graphs in a row. [Paper] returns the explorer that GraphPNAS uses for a space. All of them
// implement generator.GraphGenerator.
package explore
