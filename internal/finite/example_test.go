package finite_test

import (
	"fmt"
	"math"

	"github.com/graphpnas/graphpnas/internal/finite"
)

func ExampleIs() {
	fmt.Println(finite.Is(1e300), finite.Is(math.Inf(1)), finite.Is(math.NaN()))
	// Output: true false false
}
