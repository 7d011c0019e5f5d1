package nasbench_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// A table of three cells of NAS-Bench-201 is used as an evaluator. A search would use the validation accuracy as its objective, and the
// test accuracy would show how good its result is.
func Example() {
	var space searchspace.NASBench201
	table, err := nasbench.ReadCSV(strings.NewReader(`arch,valid,test
|skip_connect~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|,61.5,70.1
|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|nor_conv_3x3~2|,83.2,90.4
|avg_pool_3x3~0|+|none~0|none~1|+|none~0|none~1|avg_pool_3x3~2|,59.9,
`), "three.csv", space)
	if err != nil {
		panic(err)
	}

	e, err := table.Evaluator("valid", "test")
	if err != nil {
		panic(err)
	}
	for a := range table.Archs() {
		r, err := e.Evaluate(context.Background(), a)
		if err != nil {
			panic(err)
		}
		fmt.Println(r.Value, r.Metrics)
	}

	best, value, err := table.Best("valid")
	if err != nil {
		panic(err)
	}
	fmt.Println("best:", space.Format(best), value)
	// Output:
	// 61.5 map[test:70.1]
	// 83.2 map[test:90.4]
	// 59.9 map[]
	// best: |nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|nor_conv_3x3~2| 83.2
}
