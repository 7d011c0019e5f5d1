package halt_test

import (
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/internal/halt"
)

// compute has three stages and stops between two of them if ctx ends.
func compute(ctx context.Context, stage func(i int)) (loss float64) {
	defer halt.Catch(&loss)
	point := halt.At(ctx)
	for i := range 3 {
		point.Check()
		stage(i)
	}
	return 1
}

// The loss of an interrupted computation is NaN.
func Example() {
	ctx, cancel := context.WithCancel(context.Background())
	fmt.Println(compute(ctx, func(i int) { fmt.Println("stage", i) }))
	cancel()
	fmt.Println(compute(ctx, func(i int) { fmt.Println("stage", i) }))
	// Output:
	// stage 0
	// stage 1
	// stage 2
	// 1
	// NaN
}
