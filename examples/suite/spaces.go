package main

import (
	"fmt"

	"github.com/graphpnas/graphpnas/examples/internal/tool"

	shared "github.com/graphpnas/graphpnas/examples/internal/spaces"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// kind is a space with a function that reads its files.
type kind struct {
	space func() (searchspace.Space, error)
	// open reads a file of architectures of the space.
	open func(path string, space searchspace.Space) (*nasbench.Table, error)
}

// spaces are the search spaces of tables. To search tables over your own space, add it here: nasbench.Open reads CSV and
// Parquet with a column "arch".
var spaces = []tool.Named[kind]{
	{Name: "nasbench201", Value: kind{made(searchspace.NASBench201{}), nasbench.Open}},
	{Name: "nasbench201-without-pooling", Value: kind{shared.WithoutPooling, nasbench.Open}},
	{Name: "nasbench101", Value: kind{made(searchspace.NASBench101{}), openNB101}},
	{Name: "nasbenchgraph", Value: kind{trees, openTrees}},
	{Name: "enas-macro-6", Value: kind{enas6, openENAS}},
	{Name: "wirings-30", Value: kind{wirings30, openWirings}},
}

// made returns a function that returns a given space.
func made(space searchspace.Space) func() (searchspace.Space, error) {
	return func() (searchspace.Space, error) { return space, nil }
}

// trees is the space of NAS-Bench-Graph (Qin et al. 2022): node 0 is the input of a graph neural network, and each of its four
// operations reads the input or an earlier operation. Outputs that nothing reads are concatenated, so the order of operations
// has no meaning.
func trees() (searchspace.Space, error) {
	ordered, err := searchspace.New("nasbenchgraph", []searchspace.Part{{
		Name: "net", MaxNodes: 5,
		NodeOps: []string{"input", "gat", "gcn", "gin", "cheb", "sage", "arma", "graph", "fc", "skip"},
	}}, searchspace.Inputs(1, 1), searchspace.Forbid("node 0, and no other, is the input",
		func(_ *searchspace.Draft, d searchspace.Decision, value int) bool {
			return d.Kind == searchspace.NodeOp && (value == 0) != (d.Node == 0)
		}))
	if err != nil {
		return nil, err
	}
	return searchspace.Unordered(ordered), nil
}

// enas6 is the macro space of ENAS with six layers, as in the data of D-VAE (Zhang et al. 2019).
func enas6() (searchspace.Space, error) { return searchspace.NewENASMacro(6) }

// wirings30 is the space of the random wirings of Nowak & Janik (2020).
func wirings30() (searchspace.Space, error) { return wirings(30) }

// wirings is a space of graphs in which node 0 is the only source and the last node the only sink. The numbers of nodes have
// a meaning: they determine the resolution at which a node works, or how far an edge reaches. Isomorphic graphs therefore
// count separately.
func wirings(nodes int) (searchspace.Space, error) {
	return searchspace.New(fmt.Sprintf("wirings-%d", nodes),
		[]searchspace.Part{{Name: "wiring", MaxNodes: nodes}}, searchspace.Connected())
}
