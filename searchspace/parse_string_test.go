package searchspace

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestStringsReadBack(t *testing.T) {
	name := rapid.StringOfN(rapid.SampledFrom([]rune("ab0 /=;<,:{}\"\\é")), 1, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(name, 1, 3, rapid.ID[string]).Draw(t, "parts")
		parts, dags := make([]Part, len(names)), make([]DAG, len(names))
		for i, n := range names {
			parts[i].Name = n
			dags[i] = anyDAG(t, n, name)
		}
		a := NewArch(dags...)
		b, err := parseString(a.String(), parts)
		require.NoError(t, err, "%s", a)
		require.True(t, a.Equal(b), "%s read as %s", a, b)
	})
}

// anyDAG draws a part with or without operations and fields.
func anyDAG(t *rapid.T, name string, text *rapid.Generator[string]) DAG {
	n := rapid.IntRange(1, 4).Draw(t, "nodes")
	var ops []string
	if rapid.Bool().Draw(t, "node operations") {
		ops = rapid.SliceOfN(text, n, n).Draw(t, "operations")
	}
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "edges"), 1))
	op := func() string { return "" }
	if rapid.Bool().Draw(t, "edge operations") {
		op = func() string { return text.Draw(t, "operation") }
	}
	var edges []Edge
	for to := range n {
		for from := range to {
			if rng.IntN(2) == 0 {
				edges = append(edges, Edge{From: from, To: to, Op: op()})
			}
		}
	}
	g, err := NewDAG(name, n, ops, edges)
	require.NoError(t, err)
	fields := rapid.MapOfN(text, text, 0, 2)
	g, err = g.WithNodeFields(rapid.SliceOfN(fields, n, n).Draw(t, "node fields"))
	require.NoError(t, err)
	g, err = g.WithEdgeFields(rapid.SliceOfN(fields, len(edges), len(edges)).Draw(t, "edge fields"))
	require.NoError(t, err)
	return g
}

func TestInvalidStrings(t *testing.T) {
	one, two := []Part{{Name: "cell"}}, []Part{{Name: "a"}, {Name: "b"}}
	for _, text := range []string{"conv<0", "conv; conv<1", "conv; conv<0,0", "conv; conv<", "conv; pool<x", `"conv`, "conv{", "conv{a}", "conv{a=}", "conv{}", "conv{a=1,a=2}", "conv }", "a / b", "conv; ; <1,0"} {
		_, err := parseString(text, one)
		require.ErrorIs(t, err, ErrInvalid, text)
	}
	for _, text := range []string{"conv", "a = conv", "b = conv / a = conv", "a = conv / b = conv / c = conv"} {
		_, err := parseString(text, two)
		require.ErrorIs(t, err, ErrInvalid, text)
	}
}

func FuzzParseString(f *testing.F) {
	f.Add("input; conv{kernel=3}<0; output<0:skip,1:sum{rate=\"a b\"}")
	f.Add(`"a;b"; <0`)
	f.Fuzz(func(t *testing.T, text string) {
		a, err := parseString(text, []Part{{Name: "cell"}})
		if err != nil {
			require.ErrorIs(t, err, ErrInvalid)
			return
		}
		b, err := parseString(a.String(), []Part{{Name: "cell"}})
		require.NoError(t, err)
		require.True(t, a.Equal(b), "%q: %s, then %s", text, a, b)
	})
}
