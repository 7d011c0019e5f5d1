package nasbench_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/internal/tfrecord"
	"github.com/graphpnas/graphpnas/nasbench"
)

// firstNB101Row is the first row of NAS-Bench-101's file of all epochs.
const firstNB101Row = `["00005c142e6f48ac74fdcf73e3439874", 4, "0100110001000000010010000010000001000000010000000", ` +
	`"input,conv3x3-bn-relu,maxpool3x3,conv3x3-bn-relu,conv3x3-bn-relu,conv1x1-bn-relu,output", ` +
	`"Ci0JAAAAAAAAAAARAAAAAAAAAAAZAAAAoKqquT8hAAAAYJAGuT8pAAAAAGmQuT8KLQkAAAAAAAAA\n` +
	`QBEAAADAdJNGQBkAAABgkAa6PyEAAAAg3/K6PykAAACAy7e6PwotCQAAAAAAABBAEQAAACDbeVZA\n` +
	`GQAAAEAaZNY/IQAAAGBVVdY/KQAAAODybdY/EIqYigQZAABAhznbeUA=\n"]`

// The file of NAS-Bench-101 in this example contains one training run. Use OpenNB101 for the published file.
func ExampleReadNB101() {
	var file bytes.Buffer
	if err := tfrecord.NewWriter(&file).Write([]byte(firstNB101Row)); err != nil {
		panic(err)
	}
	benchmark, err := nasbench.ReadNB101(&file, "first.tfrecord", nasbench.NB101Options{Epochs: []int{4}})
	if err != nil {
		panic(err)
	}

	e, err := benchmark.Evaluator(nasbench.NB101Query{Metric: nasbench.NB101ValidationAccuracy})
	if err != nil {
		panic(err)
	}
	for a := range benchmark.Archs() {
		r, err := e.Evaluate(context.Background(), a)
		if err != nil {
			panic(err)
		}
		fmt.Println(a)
		fmt.Printf("validation %.4f, test %.4f, trained for %.1f s\n",
			r.Value, r.Metrics[string(nasbench.NB101TestAccuracy)], r.Cost.Seconds())
	}

	halfway, err := benchmark.ValueOfKey("00005c142e6f48ac74fdcf73e3439874", nasbench.NB101Query{Halfway: true})
	if err != nil {
		panic(err)
	}
	fmt.Printf("halfway %.4f\n", halfway)
	// Output:
	// input; conv3x3-bn-relu<0; maxpool3x3<1; conv3x3-bn-relu<2; conv3x3-bn-relu<0; conv1x1-bn-relu<0,3,4; output<2,5
	// validation 0.3490, test 0.3505, trained for 89.9 s
	// halfway 0.1053
}
