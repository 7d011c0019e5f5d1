package export_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/network/export"
	"github.com/graphpnas/graphpnas/searchspace"
)

// A network with a cell of NAS-Bench-201 is exported as an ONNX model and as a Python module. Its weights are untrained here; use
// those of an oracle.Training.
func Example() {
	cell, err := searchspace.NASBench201{}.Parse("|nor_conv_3x3~0|+|none~0|none~1|+|none~0|skip_connect~1|nor_conv_1x1~2|")
	if err != nil {
		panic(err)
	}
	input := network.Input{Channels: 1, Height: 8, Width: 8, Classes: 10}
	plan, err := network.NewPlan(network.NASBench201{Channels: 4, Cells: 1}, cell, input)
	if err != nil {
		panic(err)
	}
	weights := plan.Layout().Init(rand.New(rand.NewPCG(1, 0)))

	var model, module bytes.Buffer // use files instead
	if err := export.ONNX(&model, plan, weights); err != nil {
		panic(err)
	}
	if err := export.PyTorch(&module, plan); err != nil {
		panic(err)
	}
	fmt.Println("the model contains the weights:", model.Len() > 4*int(plan.Params()))
	for line := range strings.Lines(module.String()) {
		if strings.HasPrefix(line, "class ") || strings.HasPrefix(line, "def load") {
			fmt.Print(line)
		}
	}
	// Output:
	// the model contains the weights: true
	// class Network(nn.Module):
	// def load(path):
}
