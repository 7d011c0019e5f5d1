package searchspace_test

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

func enasMacro(t require.TestingT, layers int) searchspace.ENASMacro {
	s, err := searchspace.NewENASMacro(layers)
	require.NoError(t, err)
	return s
}

// membersOfFreeDecisions multiplies the numbers of allowed values of a space's decisions. This is
// the number of members if no decision affects the number of values of another.
func membersOfFreeDecisions(t require.TestingT, s searchspace.Space) *big.Int {
	product := big.NewInt(1)
	b := s.Start()
	for d, ok := b.Next(); ok; d, ok = b.Next() {
		product.Mul(product, big.NewInt(int64(len(d.Allowed))))
		require.NoError(t, b.Take(d.Allowed[0]))
	}
	return product
}

func TestENASMacroHasThePublishedNumberOfNetworks(t *testing.T) {
	want := new(big.Int).Exp(big.NewInt(6), big.NewInt(12), nil)
	want.Lsh(want, 66)
	assert.Equal(t, want, membersOfFreeDecisions(t, searchspace.ENASMacro{}))
	float, _ := new(big.Float).SetInt(want).Float64()
	assert.InDelta(t, 1.6e29, float, 0.05e29, "as the paper says")

	for layers, size := range map[int]int{1: 6, 2: 6 * 6 * 2, 3: 6 * 6 * 6 * 8} {
		s := enasMacro(t, layers)
		assert.Equal(t, size, count(t, s))
		assert.Equal(t, size, int(math.Pow(6, float64(layers)))<<(layers*(layers-1)/2))
		assert.Equal(t, big.NewInt(int64(size)), membersOfFreeDecisions(t, s))
	}
}

func TestENASMacroKeysAreTheNotation(t *testing.T) {
	s := enasMacro(t, 3)
	keys := map[string]bool{}
	for a, err := range searchspace.Enumerate(s.Start()) {
		require.NoError(t, err)
		key := s.Key(a)
		keys[key] = true
		require.Equal(t, key, s.Format(a))
		back, err := s.Parse(key)
		require.NoError(t, err)
		require.True(t, a.Equal(back), "%s became %v", key, back)
	}
	assert.Len(t, keys, 1728)
}

func TestENASMacroNotationBothWays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := enasMacro(t, rapid.IntRange(1, 15).Draw(t, "layers"))
		a := anyArch(t, s)
		require.NoError(t, s.Validate(a))
		for layer := 1; layer < a.Part(0).Len(); layer++ {
			require.True(t, a.Part(0).HasEdge(layer-1, layer))
		}
		back, err := s.Parse(strings.ReplaceAll(s.Format(a), " ", "\n\t"))
		require.NoError(t, err)
		require.True(t, a.Equal(back), "%v became %v", a, back)
	})
}

// publishedENAS is the network with 24 layers that ENAS's authors trained in the end
// (https://github.com/melodyguan/enas, scripts/cifar10_macro_final.sh), up to its ninth layer.
const publishedENAS = "0 3 0 0 1 0 2 0 0 1 2 0 0 0 0 3 1 1 0 1 0 2 0 0 0 0 0 1 2 0 1 1 0 1 1 1 1 0 1 1 1 0 1 0 1"

func TestENASMacroReadsThePublishedNotation(t *testing.T) {
	s := enasMacro(t, 9)
	a, err := s.Parse(publishedENAS)
	require.NoError(t, err)
	assert.Equal(t, "stem; conv_3x3<0; sep_conv_5x5<1; conv_3x3<0,2; conv_5x5<2,3; conv_5x5<4; sep_conv_5x5<0,1,3,5; "+
		"conv_5x5<5,6; conv_5x5<1,2,4,5,6,7; sep_conv_3x3<1,2,3,5,7,8", a.String())
	assert.Equal(t, publishedENAS, s.Format(a))
	assert.Equal(t, "enas-macro-9", s.Name())
	assert.Equal(t, "enas-macro-12", searchspace.ENASMacro{}.Name())
}

var malformedENAS = map[string]string{
	"empty":             "",
	"numbers missing":   "0 3",
	"too many numbers":  "0 3 1 2 0 1 0",
	"unknown operation": "0 6 1 2 0 1",
	"operation in text": "0 conv_3x3 1 2 0 1",
	"negative":          "0 -3 1 2 0 1",
	"a zero before":     "0 03 1 2 0 1",
	"skip of two":       "0 3 2 2 0 1",
	"JSON":              `{"parts":[]}`,
	"nothing in lists":  "[] [] []",
	"a list too few":    "[0] [3 1]",
	"wrong lists":       "[0 3] [1] [2 0 1]",
	"list and numbers":  "[0] 3 1 2 0 1",
	"fraction":          "0 3 1 2 0 0.5",
	"nested too deep":   strings.Repeat("[", 1<<16),
	"not closed":        "[[0], [3, 1], [2, 0, 1]",
}

// Ways in which ENAS's published program, Python and numpy print the network "0 3 1 2 0 1".
var writtenENAS = map[string]string{
	"a line a layer": "[0]\n[3 1]\n[2 0 1]\n",
	"lines of lists": "[0]\n[3, 1]\n[2, 0, 1]",
	"list of lists":  "[[0], [3, 1], [2, 0, 1]]",
	"one list":       "[0, 3, 1, 2, 0, 1]",
	"numpy":          "[0 3 1 2 0 1]",
	"commas":         "0,3,1,2,0,1,",
	"quotes":         `"0 3 1 2 0 1"` + "\n",
	"scalars":        "[np.int64(0), np.int64(3), np.int64(1), np.int64(2), np.int64(0), np.int64(1)]",
	"arrays":         "[array([0]), array([3, 1]), array([2, 0, 1], dtype=int32)]",
	"tensor":         "tensor([0, 3, 1, 2, 0, 1], device='cuda:0')",
	"name":           "arc = [0, 3, 1, 2, 0, 1]",
	"in a batch":     "[[[0], [3, 1], [2, 0, 1]]]",
}

func TestENASMacroReadsPrintedNetworks(t *testing.T) {
	s := enasMacro(t, 3)
	for name, text := range writtenENAS {
		a, err := s.Parse(text)
		if assert.NoError(t, err, name) {
			assert.Equal(t, "0 3 1 2 0 1", s.Format(a), name)
		}
	}
	one := enasMacro(t, 1)
	for _, text := range []string{"4", "[4]", "[[4]]", "[4],\n"} {
		a, err := one.Parse(text)
		if assert.NoError(t, err) {
			assert.Equal(t, "4", one.Format(a), text)
		}
	}
}

func TestENASMacroErrors(t *testing.T) {
	for text, message := range map[string]string{
		"0 3 1 7 0 1":            "layer 3: unknown operation 7; the operations are 0 (conv_3x3), 1 (sep_conv_3x3), 2 (conv_5x5)",
		"0 3 2 2 0 1":            "layer 2: the number for node 0 must be 0 or 1, got 2",
		"0 3":                    "got 2 numbers, but a network of 3 layers has 6",
		"[0] [3 1]":              "got 2 lists for 3 layers",
		"[0] [3] [2 0 1]":        "layer 2: got 1 number, but the layer has 2",
		"[0] [3 'a'] [2 0 1]":    "layer 2: number 2 must be a whole number",
		"[[0], [3, 1], [2, 0, 1": "unexpected end",
		"0 03 1 2 0 1":           `"03" is not a number`,
	} {
		_, err := enasMacro(t, 3).Parse(text)
		assert.ErrorContains(t, err, message)
	}
}

func TestMalformedENASMacroNotation(t *testing.T) {
	for name, text := range malformedENAS {
		t.Run(name, func(t *testing.T) {
			_, err := enasMacro(t, 3).Parse(text)
			require.ErrorIs(t, err, searchspace.ErrInvalid)
			assert.ErrorContains(t, err, "enas-macro-3")
		})
	}
}

func FuzzENASMacroParse(f *testing.F) {
	for _, text := range malformedENAS {
		f.Add(text)
	}
	for _, text := range writtenENAS {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := enasMacro(t, 3)
		a, err := s.Parse(text)
		if err != nil {
			require.ErrorIs(t, err, searchspace.ErrInvalid)
			return
		}
		require.NoError(t, s.Validate(a))
		again, err := s.Parse(s.Format(a))
		require.NoError(t, err)
		require.True(t, a.Equal(again))
	})
}

func TestENASMacroRejectsNonMembers(t *testing.T) {
	s := enasMacro(t, 2)
	network := func(ops []string, edges ...searchspace.Edge) searchspace.Arch {
		g, err := searchspace.NewDAG("network", len(ops), ops, edges)
		require.NoError(t, err)
		return searchspace.NewArch(g)
	}
	chain := []searchspace.Edge{{From: 0, To: 1}, {From: 1, To: 2}}
	require.NoError(t, s.Validate(network([]string{"stem", "conv_3x3", "conv_5x5"}, chain...)))
	for name, a := range map[string]searchspace.Arch{
		"nothing":           {},
		"a layer too few":   network([]string{"stem", "conv_3x3"}, chain[0]),
		"a layer too many":  network([]string{"stem", "conv_3x3", "conv_3x3", "conv_3x3"}, append(chain, searchspace.Edge{From: 2, To: 3})...),
		"no stem":           network([]string{"conv_3x3", "conv_3x3", "conv_3x3"}, chain...),
		"two stems":         network([]string{"stem", "stem", "conv_3x3"}, chain...),
		"a layer left out":  network([]string{"stem", "conv_3x3", "conv_3x3"}, chain[0], searchspace.Edge{From: 0, To: 2}),
		"unknown operation": network([]string{"stem", "conv_3x3", "conv_7x7"}, chain...),
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, s.Validate(a), searchspace.ErrInvalid)
			assert.Equal(t, a.String(), s.Key(a))
		})
	}
	for _, layers := range []int{0, -1} {
		_, err := searchspace.NewENASMacro(layers)
		assert.ErrorContains(t, err, fmt.Sprintf("at least 1 layer, got %d", layers))
	}
}

func TestNeighborsInENASMacroDifferInOneDecision(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		near, err := searchspace.Neighbors(searchspace.ENASMacro{}, anyArch(t, searchspace.ENASMacro{}))
		require.NoError(t, err)
		require.Len(t, near, 12*5+66)
	})
}

// A network with three layers, of which the last also reads the stem.
func ExampleENASMacro() {
	space, err := searchspace.NewENASMacro(3)
	if err != nil {
		panic(err)
	}
	a, err := space.Parse("0  1 0  4 1 0")
	if err != nil {
		panic(err)
	}
	fmt.Println(a)
	fmt.Println(space.Format(a))

	paper := searchspace.ENASMacro{}
	fmt.Println(paper.Name(), "has", paper.Parts()[0].MaxNodes, "nodes")
	// Output:
	// stem; conv_3x3<0; sep_conv_3x3<1; avg_pool_3x3<0,2
	// 0 1 0 4 1 0
	// enas-macro-12 has 13 nodes
}
