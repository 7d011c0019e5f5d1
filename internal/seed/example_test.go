package seed_test

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/seed"
)

// The numbers of a step do not depend on the steps computed before it.
func ExampleStream() {
	const purpose = 1
	first := seed.Stream(7, 3, purpose).IntN(1000)
	for step := range 3 {
		seed.Stream(7, step, purpose).IntN(1000)
	}
	fmt.Println(seed.Stream(7, 3, purpose).IntN(1000) == first)
	// Output: true
}
