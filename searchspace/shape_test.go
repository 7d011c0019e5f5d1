package searchspace_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/searchspace"
)

func TestParams(t *testing.T) {
	s, err := searchspace.New("cell and training", []searchspace.Part{
		{Name: "cell", MaxNodes: 2},
		searchspace.Params("training", searchspace.Ordered("rate", 1e-4, 3e-4), searchspace.Choice("optimizer", "sgd", "adam")),
	})
	require.NoError(t, err)
	b := s.Start()
	for _, v := range []int{1, 1, 0} {
		require.NoError(t, b.Take(v))
	}
	a, err := b.Arch()
	require.NoError(t, err)
	training := a.Find("training").Node(0)
	assert.Equal(t, 3e-4, training.Float("rate"))
	assert.Equal(t, "sgd", training.Get("optimizer"))
	assert.Equal(t, "cell = ; <0 / training = {optimizer=sgd,rate=0.0003}", a.String())
}

// A block that is present has every combination of its fields; one that is left out has none.
func TestOptionalBlocks(t *testing.T) {
	kernel := searchspace.Ordered("kernel", 3, 5, 7)
	fields := searchspace.Optional("present", kernel, searchspace.Bool("bias").When("kernel", "3"))
	assert.Empty(t, kernel.Conditions, "the given fields are not changed")
	s, err := searchspace.New("optional", []searchspace.Part{searchspace.Chain("net", 3, 3, nil, fields...)})
	require.NoError(t, err)
	const block = 1 + 2 + 1 + 1 // left out; kernel 3 with and without bias; kernel 5; kernel 7
	assert.Equal(t, block*block*block, count(t, s))
	for a, err := range searchspace.Enumerate(s.Start()) {
		require.NoError(t, err)
		for v := range a.Part(0).Len() {
			node := a.Part(0).Node(v)
			require.Equal(t, node.Bool("present"), node.Has("kernel"))
			require.Equal(t, node.Int("kernel") == 3, node.Has("bias"))
		}
	}
	assert.Equal(t, []searchspace.Field{searchspace.Bool("present")}, searchspace.Optional("present"))
}

func TestCopies(t *testing.T) {
	cell := searchspace.Part{Name: "cell", MaxNodes: 3, NodeOps: []string{"conv", "pool"}, Rules: []searchspace.Rule{searchspace.Connected()}}
	alone, err := searchspace.New("alone", []searchspace.Part{cell})
	require.NoError(t, err)
	s, err := searchspace.New("two", cell.Copies("normal", "reduce"))
	require.NoError(t, err)
	assert.Equal(t, count(t, alone)*count(t, alone), count(t, s), "the rules hold in each copy, and the copies are independent")
	assert.Equal(t, "reduce", s.Parts()[1].Name)
	assert.Equal(t, "cell", cell.Name)
	assert.Empty(t, cell.Copies())
}

func TestStack(t *testing.T) {
	cell := searchspace.Part{Name: "cell", MaxNodes: 2, NodeOps: []string{"conv", "pool"}}
	s, err := searchspace.New("stacked", searchspace.Stack("network", cell, 2, 4, searchspace.Ordered("width", 16, 32)))
	require.NoError(t, err)
	repeats := map[int]int{}
	for a, err := range searchspace.Enumerate(s.Start()) {
		require.NoError(t, err)
		repeats[a.Find("network").Node(0).Int(searchspace.Repeats)]++
	}
	assert.Equal(t, map[int]int{2: 16, 3: 16, 4: 16}, repeats)
}

func TestInvalidShapes(t *testing.T) {
	cell, kernel := searchspace.Part{Name: "cell", MaxNodes: 2}, searchspace.Ordered("kernel", 3, 5)
	for name, test := range map[string]struct {
		parts []searchspace.Part
		err   string
	}{
		"no number of repeats":  {searchspace.Stack("network", cell, 3, 2), `field "repeats": it must have at least one value`},
		"another repeats":       {searchspace.Stack("network", cell, 1, 2, searchspace.Bool(searchspace.Repeats)), `field "repeats" is listed twice`},
		"stack named as cell":   {searchspace.Stack("cell", cell, 1, 2), `two parts are named "cell"`},
		"copies of one name":    {cell.Copies("a", "a"), `two parts are named "a"`},
		"optional without name": {[]searchspace.Part{searchspace.Chain("c", 2, 2, nil, searchspace.Optional("", kernel)...)}, "the name must not be empty"},
		"optional, name twice":  {[]searchspace.Part{searchspace.Chain("c", 2, 2, nil, searchspace.Optional("kernel", kernel)...)}, `"kernel" is listed twice`},
		"too many repeats":      {searchspace.Stack("network", cell, 1, math.MaxInt), "at most 32767 are supported"},
		"chain without length":  {[]searchspace.Part{searchspace.Chain("c", 3, 2, nil)}, "at least 3 nodes, but also at most 2"},
		"chain with an end":     {[]searchspace.Part{searchspace.Chain("c", 2, 3, []string{"conv", searchspace.End})}, `"end" marks the end`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := searchspace.New("s", test.parts)
			assert.ErrorContains(t, err, test.err)
		})
	}
}

// Three blocks, each of which may be left out.
func ExampleOptional() {
	space, err := searchspace.New("mobile", []searchspace.Part{
		searchspace.Chain("net", 3, 3, nil, searchspace.Optional("present",
			searchspace.Ordered("kernel", 3, 5, 7), searchspace.Ordered("expand", 3, 6))...),
	})
	if err != nil {
		panic(err)
	}
	a, err := searchspace.Parse(space,
		"{expand=3,kernel=3,present=true}; {present=false}<0; {expand=6,kernel=5,present=true}<1")
	if err != nil {
		panic(err)
	}
	net := a.Find("net")
	for i := range net.Len() {
		if block := net.Node(i); block.Bool("present") {
			fmt.Printf("block %d: kernel %d, expansion %d\n", i, block.Int("kernel"), block.Int("expand"))
		}
	}
	// Output:
	// block 0: kernel 3, expansion 3
	// block 2: kernel 5, expansion 6
}

// A normal and a reduction cell with the same description.
func ExamplePart_Copies() {
	cell := searchspace.Part{MaxNodes: 4, NodeOps: []string{"conv", "pool"}, Rules: []searchspace.Rule{searchspace.Connected()}}
	space, err := searchspace.New("cells", cell.Copies("normal", "reduce"))
	if err != nil {
		panic(err)
	}
	a, err := searchspace.Parse(space, "normal = conv; conv<0; pool<1; conv<0,2 / reduce = pool; pool<0; conv<1; conv<2")
	if err != nil {
		panic(err)
	}
	fmt.Println(a.Find("normal").NumEdges(), "edges in the normal cell,", a.Find("reduce").NumEdges(), "in the other")
	// Output:
	// 4 edges in the normal cell, 3 in the other
}

// A cell, its number of repetitions, and the width of the network.
func ExampleStack() {
	cell := searchspace.Part{Name: "cell", MaxNodes: 3, NodeOps: []string{"conv", "pool"}, Rules: []searchspace.Rule{searchspace.Connected()}}
	space, err := searchspace.New("stacked", searchspace.Stack("network", cell, 2, 8, searchspace.Ordered("width", 16, 32, 64)))
	if err != nil {
		panic(err)
	}
	a, err := searchspace.Parse(space, "cell = conv; pool<0; conv<0,1 / network = {repeats=3,width=32}")
	if err != nil {
		panic(err)
	}
	network := a.Find("network").Node(0)
	for range network.Int(searchspace.Repeats) {
		fmt.Println("a cell of width", network.Int("width"), "like", a.Find("cell"))
	}
	// Output:
	// a cell of width 32 like conv; pool<0; conv<0,1
	// a cell of width 32 like conv; pool<0; conv<0,1
	// a cell of width 32 like conv; pool<0; conv<0,1
}
