package parallel_test

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/parallel"
)

// Every piece writes its own result, so the results do not depend on the number of processors.
func ExampleDo() {
	squares := make([]int, 5)
	parallel.Do(len(squares), func(i int) { squares[i] = i * i })
	fmt.Println(squares)
	// Output: [0 1 4 9 16]
}
