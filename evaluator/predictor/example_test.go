package predictor_test

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/predictor"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Only a part of a table is available: 300 cells of NAS-Bench-201, with a formula instead of measured accuracies. The surrogate has a
// value for every cell.
func Example() {
	ctx, space := context.Background(), searchspace.NASBench201{}
	var cells []searchspace.Arch
	for a := range space.All() {
		cells = append(cells, a)
	}
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(cells), func(i, j int) { cells[i], cells[j] = cells[j], cells[i] })

	table := map[string]float64{}
	var examples []predictor.Example
	for _, a := range cells[:300] {
		accuracy := 50.0
		for _, e := range a.Part(0).Edges() {
			if e.Op == "nor_conv_3x3" {
				accuracy += 7
			}
		}
		table[space.Key(a)] = accuracy
		examples = append(examples, predictor.Example{Arch: a, Value: accuracy})
	}
	recorded := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		accuracy, ok := table[space.Key(a)]
		if !ok {
			return evaluator.Result{}, nasbench.ErrNotRecorded
		}
		return evaluator.Result{Value: accuracy}, nil
	})

	p, err := predictor.Train(ctx, space, examples, predictor.Config{Networks: 1, Hidden: 16, Layers: 3, Epochs: 40})
	if err != nil {
		log.Fatal(err)
	}
	surrogate := predictor.Surrogate{Recorded: recorded, Missing: nasbench.ErrNotRecorded, Value: p}
	known, err := surrogate.Evaluate(ctx, cells[0])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("recorded:", known.Value == table[space.Key(cells[0])], known.Metrics)

	for _, text := range []string{
		"|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|",
		"|nor_conv_1x1~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|none~2|",
	} {
		a, err := space.Parse(text)
		if err != nil {
			log.Fatal(err)
		}
		r, err := surrogate.Evaluate(ctx, a)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("above 65:", r.Value > 65, r.Metrics)
	}
	// Output:
	// recorded: true map[predicted:0]
	// above 65: true map[predicted:1]
	// above 65: false map[predicted:1]
}
