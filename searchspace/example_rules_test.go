package searchspace_test

import (
	"fmt"
	"log"
	"math/rand/v2"
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// convs is the number of convolutions of a cell of NAS-Bench-201.
var convs = searchspace.Cost{Edge: func(_ string, _, _ int, l searchspace.Label) float64 {
	if l.Op == "nor_conv_1x1" || l.Op == "nor_conv_3x3" {
		return 1
	}
	return 0
}}

// A part without a rule allows everything. A field may depend on the operation of its node.
func ExampleNew() {
	space, err := searchspace.New("mine", []searchspace.Part{{
		Name: "cell", MaxNodes: 3, NodeOps: []string{"conv", "pool"},
		NodeFields: []searchspace.Field{searchspace.Ordered("kernel", 3, 5).When("op", "conv")},
	}}, searchspace.Connected())
	if err != nil {
		log.Fatal(err)
	}
	a, err := searchspace.Parse(space, "conv{kernel=3}; pool<0; conv{kernel=5}<0,1")
	fmt.Println(a, err)
	_, err = searchspace.Parse(space, "pool; pool<0; pool<0")
	fmt.Println(err)
	// Output:
	// conv{kernel=3}; pool<0; conv{kernel=5}<0,1 <nil>
	// mine: invalid architecture [pool; pool<0; pool<0]: the edge 1→2 is required but missing (rule "every node is on a path from the first to the last")
}

// A network of two to four layers with a hyper-parameter beside it.
func ExampleChain() {
	space, err := searchspace.New("net", []searchspace.Part{
		searchspace.Chain("layers", 2, 4, []string{"conv", "attention"}, searchspace.Ordered("width", 16, 32)),
		searchspace.Params("training", searchspace.Ordered("rate", 1e-4, 3e-4, 1e-3)),
	})
	if err != nil {
		log.Fatal(err)
	}
	census, err := searchspace.NewCensus(space)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(census.Size(), "architectures")
	a, err := searchspace.Parse(space, "layers = conv{width=16}; attention{width=32}<0; end<1 / training = {rate=0.0003}")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(a.Find("layers").Len()-1, "layers, learning rate", a.Find("training").Node(0).Float("rate"))
	// Output:
	// 1008 architectures
	// 2 layers, learning rate 0.0003
}

// AtMost limits an additive cost, here the number of convolutions.
func ExampleAtMost() {
	space, err := searchspace.Restrict(searchspace.NASBench201{}, searchspace.AtMost("at most 2 convolutions", 2, convs))
	if err != nil {
		log.Fatal(err)
	}
	n, _ := searchspace.Count(space)
	fmt.Println(n, "of 15625 cells")
	_, err = searchspace.Parse(space, "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|none~0|none~1|none~2|")
	fmt.Println(err)
	// Output:
	// 8505 of 15625 cells
	// nasbench201: invalid architecture [; <0:nor_conv_3x3; <0:nor_conv_3x3,1:nor_conv_3x3; ]: the edge 1→2 cannot be "nor_conv_3x3" here, only "skip_connect", "avg_pool_3x3" (rule "at most 2 convolutions")
}

// Fixing the edge from the input to the output leaves the others to be searched.
func ExampleFixEdge() {
	space, err := searchspace.Restrict(searchspace.NASBench201{}, searchspace.FixEdge("cell", 0, 3, "skip_connect"))
	if err != nil {
		log.Fatal(err)
	}
	n, _ := searchspace.Count(space)
	fmt.Println(n, "cells with a skip connection")
	// Output: 3125 cells with a skip connection
}

// Your own rule is a function that returns the allowed values of a decision.
func ExampleNamed() {
	noPool := searchspace.Named("no pooling after the first node", func(_ *searchspace.Draft, d searchspace.Decision) []int {
		if d.Kind == searchspace.NodeOp && d.Node > 0 {
			return []int{0}
		}
		return d.Allowed
	})
	space, err := searchspace.New("mine", []searchspace.Part{{Name: "cell", MaxNodes: 2, NodeOps: []string{"conv", "pool"}}}, noPool)
	if err != nil {
		log.Fatal(err)
	}
	_, err = searchspace.Parse(space, "pool; pool<0")
	fmt.Println(err)
	// Output: mine: invalid architecture [pool; pool<0]: node 1 cannot be "pool" here, only "conv" (rule "no pooling after the first node")
}

// noRepeat is a rule of your own as a type: no node has the operation of the node before it. With
// the method Memory, its spaces can be counted.
type noRepeat struct{}

func (noRepeat) String() string { return "no operation twice in a row" }

func (noRepeat) Allow(sofar *searchspace.Draft, d searchspace.Decision) []int {
	if d.Kind != searchspace.NodeOp || d.Node == 0 {
		return d.Allowed
	}
	before := sofar.NodeOp(d.Part, d.Node-1)
	return slices.DeleteFunc(d.Allowed, func(op int) bool { return op == before })
}

// Memory returns what later decisions depend on besides the current node, which is the last one of
// the draft: the operation of the node before it.
func (noRepeat) Memory(sofar *searchspace.Draft) string {
	if current := sofar.Nodes(0) - 1; current > 0 {
		return fmt.Sprint(sofar.NodeOp(0, current-1))
	}
	return ""
}

func ExampleForgetfulRule() {
	net := searchspace.Chain("net", 20, 20, []string{"conv", "pool", "norm"})
	space, err := searchspace.New("mine", []searchspace.Part{net}, noRepeat{})
	if err != nil {
		log.Fatal(err)
	}
	census, err := searchspace.NewCensus(space)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(census.Size(), "chains of 20 layers")
	// Output: 1572864 chains of 20 layers
}

// A Draft holds indexes where an architecture holds names. This rule, which forbids two pooling
// nodes in a row, looks the names up.
func ExampleDraft() {
	noPools := searchspace.Forbid("no pooling twice in a row", func(sofar *searchspace.Draft, d searchspace.Decision, value int) bool {
		if d.Kind != searchspace.NodeOp || d.Node == 0 {
			return false
		}
		ops := sofar.Parts()[d.Part].NodeOps
		return ops[value] == "pool" && ops[sofar.NodeOp(d.Part, d.Node-1)] == "pool"
	})
	space, err := searchspace.New("mine", []searchspace.Part{{Name: "net", MaxNodes: 3, NodeOps: []string{"conv", "pool"}}}, noPools)
	if err != nil {
		log.Fatal(err)
	}
	_, err = searchspace.Parse(space, "conv; pool<0; pool<1")
	fmt.Println(err)
	// Output: mine: invalid architecture [conv; pool<0; pool<1]: node 2 cannot be "pool" here, only "conv" (rule "no pooling twice in a row")
}

// Listed restricts a space to given architectures, such as those in a table.
func ExampleListed() {
	var recorded []searchspace.Arch
	for _, text := range []string{"; <0; <1", "; <0; <0,1", "; ; <0,1"} {
		a, err := searchspace.Parse(threeNodes(), text)
		if err != nil {
			log.Fatal(err)
		}
		recorded = append(recorded, a)
	}
	space, err := searchspace.Listed(threeNodes(), recorded)
	if err != nil {
		log.Fatal(err)
	}
	n, _ := searchspace.Count(space)
	fmt.Println(n, "architectures")
	fmt.Println(space.Validate(recorded[0]) == nil)
	// Output:
	// 3 architectures
	// true
}

// threeNodes returns the space of graphs with three nodes.
func threeNodes() searchspace.Space {
	space, err := searchspace.New("three", []searchspace.Part{{Name: "graph", MaxNodes: 3}})
	if err != nil {
		log.Fatal(err)
	}
	return space
}

// In an unordered space, graphs that differ only in the numbering of nodes have the same key.
func ExampleUnordered() {
	space := searchspace.Unordered(threeNodes())
	for _, text := range []string{"; <0; ", "; ; <1"} {
		a, err := searchspace.Parse(space, text)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%q has the key %q\n", a, space.Key(a))
	}
	// Output:
	// "; <0; " has the key "; ; <1"
	// "; ; <1" has the key "; ; <1"
}

// A census counts a space that is too large to enumerate, and returns its architectures by number.
func ExampleCensus() {
	census, err := searchspace.NewCensus(searchspace.ENASMacro{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(census.Size(), "networks")
	// Output: 160618186625454535808756219904 networks
}

// Mutations generates neighbors on demand. Each differs from the cell in one operation.
func ExampleMutations() {
	space := searchspace.NASBench201{}
	cell, err := space.Parse("|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|")
	if err != nil {
		log.Fatal(err)
	}
	n := 0
	for a, err := range searchspace.Mutations(space, cell, rand.New(rand.NewPCG(1, 1))) {
		if err != nil {
			log.Fatal(err)
		}
		if n++; n > 3 {
			break
		}
		fmt.Println(a.Equal(cell), space.Validate(a))
	}
	// Output:
	// false <nil>
	// false <nil>
	// false <nil>
}

// A Builder asks for one decision after another.
func ExampleBuilder() {
	b := threeNodes().Start()
	for d, ok := b.Next(); ok; d, ok = b.Next() {
		fmt.Println(d, "may be one of", d.Allowed)
		if err := b.Take(1); err != nil {
			log.Fatal(err)
		}
	}
	a, err := b.Arch()
	fmt.Println(a, err)
	// Output:
	// edge 0→1 in part 0 may be one of [0 1]
	// edge 0→2 in part 0 may be one of [0 1]
	// edge 1→2 in part 0 may be one of [0 1]
	// ; <0; <0,1 <nil>
}
