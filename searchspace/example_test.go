package searchspace_test

import (
	"fmt"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Your own space: cells of three nodes, each a convolution or a pooling that reads the previous
// node.
func Example() {
	space, err := searchspace.New("chains", []searchspace.Part{{
		Name:     "cell",
		MaxNodes: 3,
		NodeOps:  []string{"conv", "pool"},
	}}, searchspace.Named("each node reads the one before it", func(_ *searchspace.Draft, d searchspace.Decision) []int {
		if d.Kind == searchspace.EdgePresence && d.From == d.Node-1 {
			return []int{1}
		}
		return d.Allowed
	}))
	if err != nil {
		panic(err)
	}

	n := 0
	for _, err := range searchspace.Enumerate(space.Start()) {
		if err != nil {
			panic(err)
		}
		n++
	}
	fmt.Println(n, "architectures; one of them:")

	b := space.Start()
	for d, ok := b.Next(); ok; d, ok = b.Next() {
		value := d.Allowed[len(d.Allowed)-1] // simply take the last allowed value
		fmt.Printf("  %v: %d of %v\n", d, value, d.Allowed)
		if err := b.Take(value); err != nil {
			panic(err)
		}
	}
	a, err := b.Arch()
	if err != nil {
		panic(err)
	}
	fmt.Println(a)
	// Output:
	// 16 architectures; one of them:
	//   node operation of node 0 in part 0: 1 of [0 1]
	//   node operation of node 1 in part 0: 1 of [0 1]
	//   edge 0→1 in part 0: 1 of [1]
	//   node operation of node 2 in part 0: 1 of [0 1]
	//   edge 0→2 in part 0: 1 of [0 1]
	//   edge 1→2 in part 0: 1 of [1]
	// pool; pool<0; pool<0,1
}

// The benchmark's notation can be written and parsed.
func ExampleNASBench201() {
	var space searchspace.NASBench201
	a, err := space.Parse("|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|")
	if err != nil {
		panic(err)
	}
	for _, e := range a.Part(0).Edges() {
		fmt.Printf("%d→%d %s\n", e.From, e.To, e.Op)
	}
	fmt.Println(space.Format(a))

	_, err = space.Parse("|nor_conv_5x5~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|")
	fmt.Println(err)
	// Output:
	// 0→1 nor_conv_3x3
	// 1→2 skip_connect
	// 2→3 avg_pool_3x3
	// |nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|
	// nasbench201: invalid architecture: "|nor_conv_5x5~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|": unknown operation "nor_conv_5x5"; the operations are "none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"
}

// Graphviz draws the output of DOT.
func ExampleArch_DOT() {
	cell, err := searchspace.NewDAG("cell", 3, []string{"input", "conv", "output"}, []searchspace.Edge{
		{From: 0, To: 1}, {From: 0, To: 2}, {From: 1, To: 2},
	})
	if err != nil {
		panic(err)
	}
	text, err := searchspace.NewArch(cell).DOT("best")
	if err != nil {
		panic(err)
	}
	fmt.Println(text)
	// Output:
	// strict digraph best {
	//   // Node definitions.
	//   cell_0 [label="0 input"];
	//   cell_1 [label="1 conv"];
	//   cell_2 [label="2 output"];
	//
	//   // Edge definitions.
	//   cell_0 -> cell_1;
	//   cell_0 -> cell_2;
	//   cell_1 -> cell_2;
	// }
}
