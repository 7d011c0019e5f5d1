package descent_test

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/descent"
)

// Adam minimizes (x−3)².
func ExampleAdam() {
	x, moments := []float32{0}, descent.NewMoments(1)
	for step := 1; step <= 200; step++ {
		gradient := []float32{2 * (x[0] - 3)}
		descent.Adam{LearningRate: 0.1}.Move(step, x, moments, [][]float32{gradient}, 1, false)
	}
	fmt.Printf("%.1f\n", x[0])
	// Output: 3.0
}

// A gradient of norm 5 is scaled down to norm 1.
func ExampleClipScale() {
	fmt.Println(descent.ClipScale(1, []float32{3}, []float32{4}))
	// Output: 0.2
}
