package generator_test

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Marginals show what a distribution favors. This is the paper's explorer, which draws no absent
// edge.
func ExampleEstimateMarginals() {
	space := searchspace.NASBench201{}
	explorer, err := explore.Paper(space)
	if err != nil {
		log.Fatal(err)
	}
	m, err := generator.EstimateMarginals(context.Background(), explorer, space, rand.New(rand.NewPCG(1, 1)), 30_000)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("edge 0→1: %.1f\n", m.Parts[0].Edges[1][0])
	for op, name := range m.Parts[0].Part.EdgeOps {
		fmt.Printf("  %s: %.2f\n", name, m.Parts[0].EdgeOps[1][0][op])
	}
	// Output:
	// edge 0→1: 1.0
	//   none: 0.00
	//   skip_connect: 0.25
	//   nor_conv_1x1: 0.25
	//   nor_conv_3x3: 0.25
	//   avg_pool_3x3: 0.25
}
