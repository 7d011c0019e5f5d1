package gnn_test

import (
	"fmt"
	"log"
	"math/rand/v2"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/graphpnas/graphpnas/gnn"
)

// Example trains a network to distinguish a ring from a star. It has one layer of message passing,
// a sum over the nodes of each graph, and a linear layer that computes a score for each graph.
func Example() {
	ring := gnn.Graph{Nodes: 4, From: []int{0, 1, 2, 3}, To: []int{1, 2, 3, 0}}
	star := gnn.Graph{Nodes: 5, From: []int{1, 2, 3, 4}, To: []int{0, 0, 0, 0}}
	batch, err := gnn.Union(ring, star)
	if err != nil {
		log.Fatal(err)
	}

	// Values: all nodes have the same initial state; the ring should score 1 and the star 0.
	rng := rand.New(rand.NewPCG(1, 1))
	layer := gnn.MessagePassing{Hidden: 8, Attention: 16}
	flat, err := layer.Init(rng)
	if err != nil {
		log.Fatal(err)
	}
	g := G.NewGraph()
	h := G.NewMatrix(g, tensor.Float32, G.WithShape(batch.Nodes, 8), G.WithInit(G.Ones()), G.WithName("states"))
	params := G.NewVector(g, tensor.Float32, G.WithShape(flat.Shape()...), G.WithValue(flat), G.WithName("layer"))
	w := G.NewMatrix(g, tensor.Float32, G.WithShape(1, 8), G.WithInit(G.Zeroes()), G.WithName("w"))
	b := G.NewVector(g, tensor.Float32, G.WithShape(1), G.WithInit(G.Zeroes()), G.WithName("b"))
	target := G.NodeFromAny(g, tensor.New(tensor.WithBacking([]float32{1, 0}), tensor.WithShape(2, 1)), G.WithName("target"))

	// The network and its loss.
	h, err = layer.Apply(h, params, &batch.Graph)
	if err != nil {
		log.Fatal(err)
	}
	sums, err := gnn.ScatterSum(h, batch.Owner, batch.Len())
	if err != nil {
		log.Fatal(err)
	}
	scores, err := gnn.Linear(sums, w, b)
	if err != nil {
		log.Fatal(err)
	}
	loss := G.Must(G.Mean(G.Must(G.Square(G.Must(G.Sub(scores, target))))))
	var lossValue G.Value
	G.Read(loss, &lossValue)

	// Training.
	learned := G.Nodes{params, w, b}
	if _, err := G.Grad(loss, learned...); err != nil {
		log.Fatal(err)
	}
	vm := G.NewTapeMachine(g, G.BindDualValues(learned...))
	defer vm.Close()
	adam := &gnn.Adam{LearningRate: 0.03}
	for step := range 101 {
		if err := vm.RunAll(); err != nil {
			log.Fatal(err)
		}
		if err := adam.Step(G.NodesToValueGrads(learned)); err != nil {
			log.Fatal(err)
		}
		if step%100 == 0 {
			fmt.Printf("loss after %d steps: %.2f\n", step, lossValue.Data())
		}
		vm.Reset()
	}
	// Output:
	// loss after 0 steps: 0.50
	// loss after 100 steps: 0.00
}
