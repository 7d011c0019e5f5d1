package nn_test

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/nn"
)

// A linear layer keeps its parameters in a flat vector with those of other layers.
func ExampleLinear() {
	layer, layout := nn.Linear{In: 2, Out: 1}, new(nn.Layout)
	layer.Add(layout, "layer")
	flat := make([]float32, layout.Size)
	copy(layer.Weight(flat), []float32{2, 3})
	copy(layer.Bias(flat), []float32{1})
	y := make([]float32, 2)
	layer.Forward(2, []float32{1, 1, 10, 0}, 2, flat, y)
	fmt.Println(y)
	// Output: [6 21]
}
