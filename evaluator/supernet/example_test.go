package supernet_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/evaluator/supernet"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Networks of three layers are trained on digits with one set of weights. The architectures are drawn uniformly.
func Example() {
	ctx := context.Background()
	data := must(dataset.Digits())
	valid, train, err := data.Train.Split(1, 397)
	if err != nil {
		panic(err)
	}
	images := must(oracle.NewImages(ctx, train, valid, nil))
	shared := must(supernet.New(supernet.Config{
		Design: network.ENASMacro{Channels: 8, Shared: true},
		Cover:  must(supernet.ENASCover(3)),
		Images: images,
		Recipe: supernet.Recipe{Epochs: 8, Batch: 32, LearningRate: 0.1},
	}))

	space := must(searchspace.NewENASMacro(3))
	explorer := explore.NewUniform(space)
	must(shared.Train(ctx, explorer, shared.TotalSteps()))

	mean := 0.0
	for _, a := range must(explorer.Sample(ctx, rand.New(rand.NewPCG(1, 1)), 10)) {
		mean += must(shared.Evaluate(ctx, a)).Value / 10
	}
	fmt.Println("the mean accuracy is above 40 %:", mean > 40)
	// Output:
	// the mean accuracy is above 40 %: true
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
