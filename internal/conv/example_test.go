package conv_test

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/conv"
	"github.com/graphpnas/graphpnas/internal/nn"
)

// A kernel that computes differences along a row finds the left and right borders of a bright
// square.
func Example() {
	edges := conv.Dense{In: conv.Image{Height: 3, Width: 5, Channels: 1}, Channels: 1, Window: conv.Window{Size: 3, Stride: 1, Padding: 1, Dilation: 1}}
	image := []float32{
		0, 0, 0, 0, 0,
		0, 0, 1, 1, 0,
		0, 0, 0, 0, 0,
	}
	kernel := []float32{
		0, 0, 0,
		-1, 0, 1,
		0, 0, 0,
	}
	result := make([]float32, edges.Out().Len())
	edges.Forward(1, image, kernel, result, new(nn.Arena))
	for row := range 3 {
		fmt.Println(result[5*row : 5*row+5])
	}
	// Output:
	// [0 0 0 0 0]
	// [0 1 1 -1 -1]
	// [0 0 0 0 0]
}
