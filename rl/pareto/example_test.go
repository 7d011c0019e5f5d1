package pareto_test

import (
	"fmt"

	"github.com/graphpnas/graphpnas/rl/pareto"
)

// Four networks by their error and their latency; lower is better in both.
func Example() {
	networks := [][]float64{{6, 10}, {5, 20}, {7, 15}, {4, 40}}
	fmt.Println("front:", pareto.Front(networks))
	fmt.Println("ranks:", pareto.Ranks(networks))
	fmt.Println("hypervolume:", pareto.Hypervolume(networks, []float64{10, 50}))
	// Output:
	// front: [0 1 3]
	// ranks: [0 0 1 0]
	// hypervolume: 200
}
