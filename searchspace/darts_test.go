package searchspace_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/combin"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

func darts(t require.TestingT, nodes int) searchspace.DARTS {
	s, err := searchspace.NewDARTS(nodes)
	require.NoError(t, err)
	return s
}

// dartsCells returns the number of cells with the given number of intermediate nodes according to
// the paper.
func dartsCells(nodes int) int {
	size := 1
	for i := range nodes {
		size *= combin.Binomial(2+i, 2) * 7 * 7
	}
	return size
}

func TestDARTSHasThePublishedNumberOfCells(t *testing.T) {
	assert.Equal(t, 1_037_664_180, dartsCells(4))
	assert.Equal(t, 49*49, count(t, darts(t, 1)), "a normal and a reduction cell")

	s, ordered, keys := darts(t, 2), 0, map[string]bool{}
	normalCells(t, s.Start(), func(a searchspace.Arch) {
		require.NoError(t, s.Validate(a))
		ordered++
		keys[s.Key(a)] = true
	})
	assert.Equal(t, dartsCells(2), ordered)
	// If neither node reads the other, they may be swapped.
	assert.Len(t, keys, 49*50/2+49*2*49)
}

// A node has the same choices regardless of earlier nodes, so the choices along one path multiply
// to the number of cells.
func TestChoicesOfDARTSMultiply(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := darts(t, 4)
		b := s.Start()
		size := 1
		for node := -1; ; {
			d, ok := b.Next()
			if !ok {
				break
			}
			if d.Node != node && d.Node >= 2 {
				pairs := map[string]bool{}
				restOfNode(t, b.Clone(), d, func(ops string) {
					require.False(t, pairs[ops])
					pairs[ops] = true
				})
				require.Len(t, pairs, combin.Binomial(d.Node, 2)*49)
				size *= len(pairs)
			}
			node = d.Node
			require.NoError(t, b.Take(rapid.SampledFrom(d.Allowed).Draw(t, "value")))
		}
		require.Equal(t, dartsCells(4)*dartsCells(4), size)
	})
}

// restOfNode follows all paths to the end of b's current node and records each.
func restOfNode(t require.TestingT, b searchspace.Builder, at searchspace.Decision, found func(path string), path ...int) {
	d, ok := b.Next()
	if !ok || d.Node != at.Node || d.Part != at.Part {
		found(fmt.Sprint(path))
		return
	}
	require.NotEmpty(t, d.Allowed, "dead end at %v", d)
	for _, value := range d.Allowed {
		branch := b.Clone()
		require.NoError(t, branch.Take(value))
		restOfNode(t, branch, at, found, append(path, value)...)
	}
}

// normalCells lists the normal cells, each with the same reduction cell.
func normalCells(t require.TestingT, b searchspace.Builder, found func(searchspace.Arch)) {
	d, ok := b.Next()
	if !ok {
		a, err := b.Arch()
		require.NoError(t, err)
		found(a)
		return
	}
	require.NotEmpty(t, d.Allowed, "dead end at %v", d)
	if d.Part == 1 {
		d.Allowed = d.Allowed[:1]
	}
	for _, value := range d.Allowed {
		branch := b.Clone()
		require.NoError(t, branch.Take(value))
		normalCells(t, branch, found)
	}
}

func TestDARTSKeyIsTheSameForIsomorphicCells(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := darts(t, rapid.IntRange(1, 6).Draw(t, "nodes"))
		a := anyArch(t, s)
		b := searchspace.NewArch(relabeled(t, a.Part(0), 2).Part(0), relabeled(t, a.Part(1), 2).Part(0))
		require.NoError(t, s.Validate(b))
		require.Equal(t, s.Key(a), s.Key(b))
		member, err := s.Parse(s.Key(a))
		require.NoError(t, err, "a key is a genotype itself")
		require.Equal(t, s.Key(a), s.Key(member))
	})
	s := darts(t, 1)
	keys := map[string]bool{}
	for a, err := range searchspace.Enumerate(s.Start()) {
		require.NoError(t, err)
		keys[s.Key(a)] = true
	}
	assert.Len(t, keys, 49*49, "neither the inputs nor the cells are alike")
}

// The genotypes found by DARTS's first and second order approximations (Liu, Simonyan & Yang 2019,
// figures 4 and 5; https://github.com/quark0/darts, cnn/genotypes.py), as published and as
// formatted by Format.
var publishedGenotypes = map[string]struct{ published, formatted string }{
	"DARTS_V1": {
		`Genotype(normal=[('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('skip_connect', 0), ('sep_conv_3x3', 1),
			('skip_connect', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('skip_connect', 2)],
			normal_concat=[2, 3, 4, 5],
			reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 0),
			('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('avg_pool_3x3', 0)],
			reduce_concat=[2, 3, 4, 5])`,
		`Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('skip_connect', 0), ('sep_conv_3x3', 1), ` +
			`('skip_connect', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('skip_connect', 2)], ` +
			`normal_concat=range(2, 6), ` +
			`reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('max_pool_3x3', 0), ('skip_connect', 2), ` +
			`('max_pool_3x3', 0), ('skip_connect', 2), ('avg_pool_3x3', 0), ('skip_connect', 2)], ` +
			`reduce_concat=range(2, 6))`,
	},
	"DARTS_V2": {
		`Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1),
			('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)],
			normal_concat=[2, 3, 4, 5],
			reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1),
			('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)],
			reduce_concat=[2, 3, 4, 5])`,
		`Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ` +
			`('skip_connect', 0), ('sep_conv_3x3', 1), ('skip_connect', 0), ('dil_conv_3x3', 2)], ` +
			`normal_concat=range(2, 6), ` +
			`reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('max_pool_3x3', 1), ('skip_connect', 2), ` +
			`('max_pool_3x3', 0), ('skip_connect', 2), ('max_pool_3x3', 1), ('skip_connect', 2)], ` +
			`reduce_concat=range(2, 6))`,
	},
}

func TestDARTSReadsThePublishedGenotypes(t *testing.T) {
	var s searchspace.DARTS
	for name, genotype := range publishedGenotypes {
		t.Run(name, func(t *testing.T) {
			a, err := s.Parse(genotype.published)
			require.NoError(t, err)
			require.NoError(t, s.Validate(a))
			assert.Equal(t, genotype.formatted, s.Format(a))
			again, err := s.Parse(genotype.formatted)
			require.NoError(t, err)
			assert.True(t, a.Equal(again))
		})
	}
	a, err := s.Parse(publishedGenotypes["DARTS_V2"].published)
	require.NoError(t, err)
	assert.Equal(t, "normal = ; ; <0:sep_conv_3x3,1:sep_conv_3x3; <0:sep_conv_3x3,1:sep_conv_3x3; <0:skip_connect,1:sep_conv_3x3; "+
		"<0:skip_connect,2:dil_conv_3x3 / reduce = ; ; <0:max_pool_3x3,1:max_pool_3x3; <1:max_pool_3x3,2:skip_connect; "+
		"<0:max_pool_3x3,2:skip_connect; <1:max_pool_3x3,2:skip_connect", a.String())
}

func TestDARTSNotationBothWays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := darts(t, rapid.IntRange(1, 6).Draw(t, "nodes"))
		a := anyArch(t, s)
		text := s.Format(a)
		for _, written := range []string{
			text,
			strings.ReplaceAll(text, "'", `"`),
			strings.ReplaceAll(strings.ReplaceAll(text, " ", ""), "(", "\n\t( "),
			strings.ReplaceAll(strings.ReplaceAll(text, "]", ",]"), "))", "),)"),
		} {
			back, err := s.Parse(written)
			require.NoError(t, err)
			require.True(t, a.Equal(back), "%s became %v", written, back)
		}
	})
}

func TestNeighborsInDARTSDifferInOneNode(t *testing.T) {
	var s searchspace.DARTS
	rapid.Check(t, func(t *rapid.T) {
		a := anyArch(t, s)
		near, err := searchspace.Neighbors(s, a)
		require.NoError(t, err)
		require.Greater(t, len(near), 16*3)
		for _, b := range near {
			differ := 0
			for i := range 2 {
				for to := range 6 {
					if inputsOf(a.Part(i), to) != inputsOf(b.Part(i), to) {
						differ++
					}
				}
			}
			require.Equal(t, 1, differ, "%v and %v", a, b)
		}
	})
}

// inputsOf returns the inputs of a node as text.
func inputsOf(g searchspace.DAG, to int) (text string) {
	for from := range to {
		text += g.EdgeOp(from, to) + ","
	}
	return text
}

func TestDARTSRejectsNonMembers(t *testing.T) {
	s := darts(t, 1)
	cell := func(name string, n int, edges ...searchspace.Edge) searchspace.DAG {
		g, err := searchspace.NewDAG(name, n, nil, edges)
		require.NoError(t, err)
		return g
	}
	first, second := searchspace.Edge{From: 0, To: 2, Op: "skip_connect"}, searchspace.Edge{From: 1, To: 2, Op: "sep_conv_3x3"}
	normal, reduce := cell("normal", 3, first, second), cell("reduce", 3, first, second)
	require.NoError(t, s.Validate(searchspace.NewArch(normal, reduce)))
	for name, a := range map[string]searchspace.Arch{
		"nothing":              {},
		"no reduction cell":    searchspace.NewArch(normal),
		"the wrong way round":  searchspace.NewArch(reduce, normal),
		"two normal cells":     searchspace.NewArch(normal, normal),
		"a node too many":      searchspace.NewArch(normal, cell("reduce", 4, first, second)),
		"an input read":        searchspace.NewArch(normal, cell("reduce", 3, searchspace.Edge{From: 0, To: 1, Op: "skip_connect"}, first, second)),
		"one node read":        searchspace.NewArch(normal, cell("reduce", 3, first)),
		"operations missing":   searchspace.NewArch(normal, cell("reduce", 3, searchspace.Edge{From: 0, To: 2}, searchspace.Edge{From: 1, To: 2})),
		"an unknown operation": searchspace.NewArch(normal, cell("reduce", 3, first, searchspace.Edge{From: 1, To: 2, Op: "conv"})),
		"none as an operation": searchspace.NewArch(normal, cell("reduce", 3, first, searchspace.Edge{From: 1, To: 2, Op: "none"})),
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, s.Validate(a), searchspace.ErrInvalid)
			assert.Equal(t, a.String(), s.Key(a))
			assert.Equal(t, a.String(), s.Format(a))
		})
	}
	for _, nodes := range []int{0, -1} {
		_, err := searchspace.NewDARTS(nodes)
		assert.ErrorContains(t, err, fmt.Sprintf("at least 1 intermediate node, got %d", nodes))
	}
}

// The published genotype of DARTS's second order approximation. Only the normal cell is printed.
func ExampleDARTS() {
	var space searchspace.DARTS
	a, err := space.Parse(`Genotype(
		normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1),
		        ('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)],
		normal_concat=[2, 3, 4, 5],
		reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1),
		        ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)],
		reduce_concat=[2, 3, 4, 5])`)
	if err != nil {
		panic(err)
	}
	for _, e := range a.Part(0).Edges() {
		fmt.Printf("%d→%d %s\n", e.From, e.To, e.Op)
	}
	fmt.Println(space.Format(a)[:55], "…")
	// Output:
	// 0→2 sep_conv_3x3
	// 1→2 sep_conv_3x3
	// 0→3 sep_conv_3x3
	// 1→3 sep_conv_3x3
	// 0→4 skip_connect
	// 1→4 sep_conv_3x3
	// 0→5 skip_connect
	// 2→5 dil_conv_3x3
	// Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3',  …
}
