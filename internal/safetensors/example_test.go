package safetensors_test

import (
	"bytes"
	"fmt"
	"log"

	"github.com/graphpnas/graphpnas/internal/safetensors"
)

// A matrix is written and read back.
func Example() {
	var file bytes.Buffer
	weights := safetensors.Tensor{Name: "weights", Shape: []int{2, 3}, Values: []float32{1, 2, 3, 4, 5, 6}}
	if err := safetensors.Write(&file, map[string]string{"kind": "demo"}, []safetensors.Tensor{weights}); err != nil {
		log.Fatal(err)
	}
	f, err := safetensors.Read(&file)
	if err != nil {
		log.Fatal(err)
	}
	read := safetensors.Tensor{Name: "weights", Shape: f.Shape("weights"), Values: make([]float32, 6)}
	if err := f.Fill([]safetensors.Tensor{read}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(f.Meta["kind"], read.Shape, read.Values)
	// Output: demo [2 3] [1 2 3 4 5 6]
}
