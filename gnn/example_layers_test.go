package gnn_test

import (
	"fmt"
	"log"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/graphpnas/graphpnas/gnn"
)

// double is your own layer: it multiplies a vector by 2.
type double struct{}

func (double) Name() string { return "double" }

func (double) Shape(inputs []tensor.Shape) (tensor.Shape, error) { return inputs[0], nil }

func (double) Forward(out []float32, inputs [][]float32) error {
	for i, v := range inputs[0] {
		out[i] = 2 * v
	}
	return nil
}

func (double) Backward(din [][]float32, _ [][]float32, _, dout []float32) error {
	for i, d := range dout {
		din[0][i] = 2 * d
	}
	return nil
}

// Apply makes your own function an operation of a Gorgonia graph, with its derivative.
func ExampleApply() {
	g := G.NewGraph()
	x := G.NewVector(g, tensor.Float32, G.WithName("x"), G.WithValue(tensor.New(tensor.WithBacking([]float32{1, 2, 3}))))
	y, err := gnn.Apply(double{}, x)
	if err != nil {
		log.Fatal(err)
	}
	gradients, err := G.Grad(G.Must(G.Sum(y)), x)
	if err != nil {
		log.Fatal(err)
	}
	var values, gradient G.Value
	G.Read(y, &values)
	G.Read(gradients[0], &gradient)
	vm := G.NewTapeMachine(g)
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(values.Data(), gradient.Data())
	// Output: [2 4 6] [2 2 2]
}

// Union puts graphs of different sizes into one batch.
func ExampleUnion() {
	edge := gnn.Graph{Nodes: 2, From: []int{0}, To: []int{1}}
	star := gnn.Graph{Nodes: 3, From: []int{1, 2}, To: []int{0, 0}}
	batch, err := gnn.Union(edge, star)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("edges:", batch.From, "→", batch.To)
	fmt.Println("graph of each node:", batch.Owner)
	// Output:
	// edges: [0 3 4] → [1 2 2]
	// graph of each node: [0 0 1 1 1]
}

// The learning rate rises for 10 steps and then falls along half a cosine.
func ExampleCosine() {
	schedule := gnn.Cosine{Peak: 0.1, WarmUp: 10, Steps: 100}
	for _, step := range []int{0, 5, 10, 55, 100} {
		fmt.Printf("step %d: %.3f\n", step, schedule.At(step))
	}
	// Output:
	// step 0: 0.009
	// step 5: 0.055
	// step 10: 0.100
	// step 55: 0.050
	// step 100: 0.000
}
