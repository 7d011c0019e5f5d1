package pareto_test

import (
	"fmt"

	"github.com/graphpnas/graphpnas/rl/pareto"
)

// points are the error and latency of five networks; lower is better.
var points = [][]float64{{5, 10}, {4, 20}, {6, 30}, {3, 40}, {5, 25}}

// The front consists of the points that no other point dominates.
func ExampleFront() {
	for _, i := range pareto.Front(points) {
		fmt.Println(points[i])
	}
	// Output:
	// [5 10]
	// [4 20]
	// [3 40]
}

// Rank 0 is the front, rank 1 the front of the remaining points, and so on.
func ExampleRanks() {
	fmt.Println(pareto.Ranks(points))
	// Output: [0 0 2 0 1]
}

// The hypervolume is the volume that the points dominate, up to a reference that counts as the
// worst.
func ExampleHypervolume() {
	reference := []float64{10, 50}
	fmt.Println(pareto.Hypervolume(points, reference))
	fmt.Println(pareto.Contributions(points, reference))
	// Output:
	// 240
	// [50 20 0 10 0]
}

// A Staircase computes how much each of many new points would improve the same front.
func ExampleStaircase() {
	front := pareto.NewStaircase(points, []float64{10, 50})
	fmt.Println(front.Improvement([]float64{3, 15}), front.Improvement([]float64{7, 35}))
	// Output: 30 0
}
