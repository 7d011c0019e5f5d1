package export_test

import (
	"bytes"
	"fmt"
	"log"
	"math/rand/v2"
	"strings"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/network/export"
	"github.com/graphpnas/graphpnas/searchspace"
)

// A network leaves the library as an ONNX model and as the source of a PyTorch module.
func Example() {
	space := searchspace.NASBench201{}
	cell, err := space.Parse("|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|avg_pool_3x3~2|")
	if err != nil {
		log.Fatal(err)
	}
	input := network.Input{Channels: 3, Height: 32, Width: 32, Classes: 10}
	plan, err := network.NewPlan(network.NASBench201{Channels: 4, Cells: 1}, cell, input)
	if err != nil {
		log.Fatal(err)
	}
	weights := plan.Layout().Init(rand.New(rand.NewPCG(1, 1))) // in a program of your own, those of a training
	var model bytes.Buffer
	if err := export.ONNX(&model, plan, weights); err != nil {
		log.Fatal(err)
	}
	var source strings.Builder
	if err := export.PyTorch(&source, plan); err != nil {
		log.Fatal(err)
	}
	fmt.Println(int64(model.Len()) > 4*plan.Params(), strings.Contains(source.String(), "class Network(nn.Module)"))
	// Output: true true
}
