package nasbench_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// The directory has the format of NATS-tss-v1_0-3ffb9-simple, but only three cells, one of which is not recorded, and made-up figures. A
// search could use the validation accuracy after 12 epochs as its objective.
func ExampleOpenNATS() {
	var space searchspace.NASBench201
	benchmark, err := nasbench.OpenNATS("testdata/nats/simple")
	if err != nil {
		panic(err)
	}
	e, err := benchmark.Evaluator(nasbench.NATSValidAccuracy, nasbench.NATSQuery{
		Dataset: nasbench.NATSCIFAR10Valid,
		Epochs:  12,
	})
	if err != nil {
		panic(err)
	}
	for a := range benchmark.Archs() {
		r, err := e.Evaluate(context.Background(), a)
		fmt.Println(space.Format(a))
		if errors.Is(err, nasbench.ErrNotRecorded) {
			fmt.Println("not recorded")
			continue
		}
		if err != nil {
			panic(err)
		}
		fmt.Printf("validation %.2f %%, %.2f million parameters, trained for %.0f s\n",
			r.Value, r.Metrics[string(nasbench.NATSParams)], r.Cost.Seconds())
	}

	a, err := benchmark.Arch(2)
	if err != nil {
		panic(err)
	}
	one, err := benchmark.Info(a, nasbench.NATSQuery{Epochs: 12, Seed: 777})
	if err != nil {
		panic(err)
	}
	fmt.Printf("with seed 777: validation %.2f %%\n", one[nasbench.NATSValidAccuracy])
	// Output:
	// |nor_conv_3x3~0|+|skip_connect~0|none~1|+|none~0|avg_pool_3x3~1|nor_conv_1x1~2|
	// validation 57.19 %, 0.43 million parameters, trained for 223 s
	// |none~0|+|none~0|none~1|+|none~0|none~1|none~2|
	// not recorded
	// |skip_connect~0|+|nor_conv_1x1~0|nor_conv_3x3~1|+|skip_connect~0|none~1|avg_pool_3x3~2|
	// validation 63.80 %, 0.88 million parameters, trained for 352 s
	// with seed 777: validation 56.26 %
}
