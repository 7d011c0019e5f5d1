package network_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/searchspace"
)

// examplePlan plans a small network with a cell of NAS-Bench-201.
func examplePlan(cell string) *network.Plan {
	arch, err := searchspace.NASBench201{}.Parse(cell)
	if err != nil {
		panic(err)
	}
	input := network.Input{Channels: 1, Height: 8, Width: 8, Classes: 10}
	plan, err := network.NewPlan(network.NASBench201{Channels: 4, Cells: 1}, arch, input)
	if err != nil {
		panic(err)
	}
	return plan
}

// A plan counts the costs of a network without allocating it.
func ExampleNewPlan() {
	plan := examplePlan("|nor_conv_3x3~0|+|none~0|none~1|+|none~0|skip_connect~1|nor_conv_1x1~2|")
	fmt.Println(plan.Params(), "parameters")
	fmt.Println(plan.FLOPs(), "multiplications per image")
	fmt.Println(plan.CheckMemory(64, 1<<30))
	// Output:
	// 8294 parameters
	// 61866 multiplications per image
	// <nil>
}

// A plan that has been encoded as JSON is decoded again, for example in another program.
func ExampleParsePlan() {
	plan := examplePlan("|nor_conv_3x3~0|+|none~0|none~1|+|none~0|skip_connect~1|nor_conv_1x1~2|")
	text, err := json.Marshal(plan)
	if err != nil {
		panic(err)
	}
	again, err := network.ParsePlan(text)
	if err != nil {
		panic(err)
	}
	fmt.Println(again.Params() == plan.Params(), again.Document().Operations[0].Op)
	// Output:
	// true conv
}

// Two networks with a common layer share its weights.
func ExampleShare() {
	a := examplePlan("|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|nor_conv_3x3~2|")
	b := examplePlan("|nor_conv_3x3~0|+|none~0|none~1|+|none~0|nor_conv_3x3~1|none~2|")
	layout, err := network.Share(a, b)
	if err != nil {
		panic(err)
	}
	fmt.Println(layout.Size() < a.Params()+b.Params())

	weights := layout.Init(rand.New(rand.NewPCG(1, 0)))
	for _, plan := range []*network.Plan{a, b} {
		within, err := plan.Within(layout)
		if err != nil {
			panic(err)
		}
		_, err = within.Build(weights, network.Options{})
		fmt.Println(err)
	}
	// Output:
	// true
	// <nil>
	// <nil>
}
