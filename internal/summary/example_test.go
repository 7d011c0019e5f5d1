package summary_test

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/summary"
)

// Two methods are compared by the best accuracy that each finds with six seeds.
func Example() {
	method := []float64{94.4, 94.4, 94.1, 94.4, 94.2, 94.4}
	baseline := []float64{93.9, 94.1, 93.7, 93.9, 94.0, 93.8}
	fmt.Println("method:    ", summary.Of(method).Text(2))
	fmt.Println("baseline:  ", summary.Of(baseline).Text(2))
	effect := summary.EffectOf(method, baseline)
	fmt.Println("difference:", effect.Difference.Text("%+.2f"))
	fmt.Printf("p-value:     %.3f\n", effect.P)
	// Output:
	// method:     94.32 ± 0.05 (n = 6)
	// baseline:   93.90 ± 0.06 (n = 6)
	// difference: +0.42 (+0.24 to +0.59)
	// p-value:     0.005
}
