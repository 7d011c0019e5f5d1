package explore_test

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/searchspace"
)

// RandWire networks of the small regime: three stages of 32 nodes, wired as small worlds. The
// number of edges is always the same, but not where they lead.
func ExampleNewWattsStrogatz() {
	explorer, err := explore.NewWattsStrogatz(searchspace.RandWire{}, 4, 0.75)
	if err != nil {
		log.Fatal(err)
	}
	networks, err := explorer.Sample(context.Background(), rand.New(rand.NewPCG(1, 1)), 30)
	if err != nil {
		log.Fatal(err)
	}
	a, b := networks[0].Part(0), networks[1].Part(0)
	fmt.Println(a.NumEdges(), b.NumEdges(), a.Equal(b))
	// Output: 64 64 false
}

// Scale-free graphs in which each node after the first two reads two earlier ones.
func ExampleNewBarabasiAlbert() {
	space, err := searchspace.NewRandWire(5)
	if err != nil {
		log.Fatal(err)
	}
	explorer, err := explore.NewBarabasiAlbert(space, 2)
	if err != nil {
		log.Fatal(err)
	}
	networks, err := explorer.Sample(context.Background(), rand.New(rand.NewPCG(1, 1)), 1)
	if err != nil {
		log.Fatal(err)
	}
	stage := networks[0].Part(0)
	fmt.Println(stage.NumEdges(), "edges, of which the third node has", stage.HasEdge(0, 2), stage.HasEdge(1, 2))
	// Output: 6 edges, of which the third node has true true
}

// The paper's explorer depends on the form of the space.
func ExamplePaper() {
	for _, space := range []searchspace.Space{searchspace.NASBench201{}, searchspace.NASBench101{}} {
		explorer, err := explore.Paper(space)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %T\n", space.Name(), explorer)
	}
	// Output:
	// nasbench201: *explore.Uniform
	// nasbench101: *explore.ErdosRenyi
}

// Cells drawn from chosen operations only.
func ExampleNewUniformOver() {
	space := searchspace.NASBench201{}
	explorer, err := explore.NewUniformOver(space, "skip_connect", "nor_conv_3x3")
	if err != nil {
		log.Fatal(err)
	}
	archs, err := explorer.Sample(context.Background(), rand.New(rand.NewPCG(1, 1)), 100)
	if err != nil {
		log.Fatal(err)
	}
	ops := map[string]bool{}
	for _, a := range archs {
		for _, e := range a.Part(0).Edges() {
			ops[e.Op] = true
		}
	}
	fmt.Println(ops)
	// Output: map[nor_conv_3x3:true skip_connect:true]
}

// Cells of NAS-Bench-101 in which each edge is present with probability 0.5. A cell must have a path
// from its input to its output and at most nine edges, so some of the graphs drawn are rejected.
func ExampleNewErdosRenyi() {
	space := searchspace.NASBench101{}
	explorer, err := explore.NewErdosRenyi(space, 0.5, 5) // 5 to 7 nodes
	if err != nil {
		log.Fatal(err)
	}
	cells, err := explorer.Sample(context.Background(), rand.New(rand.NewPCG(1, 1)), 100)
	if err != nil {
		log.Fatal(err)
	}
	least, most, edges := 7, 0, 0
	for _, a := range cells {
		cell := a.Part(0)
		least, most, edges = min(least, cell.Len()), max(most, cell.Len()), max(edges, cell.NumEdges())
	}
	fmt.Printf("%d to %d nodes, at most %d edges\n", least, most, edges)
	// Output: 5 to 7 nodes, at most 9 edges
}
