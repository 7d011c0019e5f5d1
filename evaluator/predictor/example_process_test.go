package predictor_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/evaluator/predictor"
	"github.com/graphpnas/graphpnas/searchspace"
)

// convolutions returns n random cells of NAS-Bench-201 whose value is the number of 3×3 convolutions.
func convolutions(n int) (examples []predictor.Example) {
	rng := rand.New(rand.NewPCG(2, 0))
	for a := range (searchspace.NASBench201{}).All() {
		if rng.IntN(15_625) >= n {
			continue
		}
		count := 0.0
		for _, e := range a.Part(0).Edges() {
			if e.Op == "nor_conv_3x3" {
				count++
			}
		}
		examples = append(examples, predictor.Example{Arch: a, Value: count})
	}
	return examples
}

// A Gaussian process is trained, saved and loaded.
func ExampleTrainProcess() {
	ctx, space := context.Background(), searchspace.NASBench201{}
	p, err := predictor.TrainProcess(ctx, space, convolutions(100), predictor.ProcessConfig{})
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	if err := p.Save(&file); err != nil {
		log.Fatal(err)
	}
	loaded, err := predictor.Load(&file, space)
	if err != nil {
		log.Fatal(err)
	}
	a, err := space.Parse("|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|nor_conv_3x3~2|")
	if err != nil {
		log.Fatal(err)
	}
	values, err := loaded.Predict(ctx, []searchspace.Arch{a})
	fmt.Println(values[0] > 2, err)
	// Output:
	// true <nil>
}

// Every example is predicted by a process that was not trained on it.
func ExampleCrossValidate() {
	ctx, space := context.Background(), searchspace.NASBench201{}
	examples := convolutions(100)
	train := func(ctx context.Context, data []predictor.Example) (*predictor.Predictor, error) {
		return predictor.TrainProcess(ctx, space, data, predictor.ProcessConfig{})
	}
	values, err := predictor.CrossValidate(ctx, space, examples, 5, 1, train)
	if err != nil {
		log.Fatal(err)
	}
	squares := 0.0
	for i, v := range values {
		squares += (v - examples[i].Value) * (v - examples[i].Value)
	}
	fmt.Println("mean squared error below 0.5:", squares/float64(len(values)) < 0.5)
	// Output:
	// mean squared error below 0.5: true
}
