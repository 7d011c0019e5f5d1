package searchspace_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/searchspace"
)

func TestNASBench201HasAllItsCells(t *testing.T) {
	var space searchspace.NASBench201
	keys := map[string]bool{}
	for a := range space.All() {
		require.NoError(t, space.Validate(a))
		key := space.Key(a)
		keys[key] = true
		require.Equal(t, key, space.Format(a))
		back, err := space.Parse(key)
		require.NoError(t, err)
		require.True(t, a.Equal(back), "%s became %v", key, back)
	}
	assert.Len(t, keys, 15625)
	assert.Equal(t, "nasbench201", space.Name())
}

func TestNASBench201Notation(t *testing.T) {
	var space searchspace.NASBench201
	a, err := space.Parse("|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|avg_pool_3x3~2|")
	require.NoError(t, err)
	assert.Equal(t, []searchspace.Edge{
		{From: 0, To: 1, Op: "nor_conv_3x3"},
		{From: 1, To: 2, Op: "skip_connect"},
		{From: 0, To: 3, Op: "nor_conv_1x1"},
		{From: 2, To: 3, Op: "avg_pool_3x3"},
	}, a.Part(0).Edges())
}

var malformed201 = map[string]string{
	"empty":              "",
	"blank":              " ",
	"one node":           "|none~0|",
	"two nodes":          "|none~0|+|none~0|none~1|",
	"four nodes":         "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|+|none~0|none~1|none~2|none~3|",
	"trailing plus":      "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|+",
	"no first bar":       "none~0|+|none~0|none~1|+|none~0|none~1|none~2|",
	"no last bar":        "|none~0|+|none~0|none~1|+|none~0|none~1|none~2",
	"operation missing":  "|none~0|+|none~0|+|none~0|none~1|none~2|",
	"operation too many": "|none~0|none~1|+|none~0|none~1|+|none~0|none~1|none~2|",
	"source twice":       "|none~0|+|none~0|none~0|+|none~0|none~1|none~2|",
	"source ahead":       "|none~1|+|none~0|none~1|+|none~0|none~1|none~2|",
	"source with zero":   "|none~00|+|none~0|none~1|+|none~0|none~1|none~2|",
	"two sources":        "|none~0~0|+|none~0|none~1|+|none~0|none~1|none~2|",
	"no source":          "|none|+|none~0|none~1|+|none~0|none~1|none~2|",
	"no operation":       "|~0|+|none~0|none~1|+|none~0|none~1|none~2|",
	"unknown operation":  "|nor_conv_5x5~0|+|none~0|none~1|+|none~0|none~1|none~2|",
	"capital":            "|None~0|+|none~0|none~1|+|none~0|none~1|none~2|",
	"JSON":               `{"parts":[]}`,
	"numbers alone":      "(4, 3, 1, 0, 2, 1)",
	"size space":         "64:64:64:64:64",
	"tuples of another":  "((('none', 0),), (('none', 0), ('none', 1)))",
	"tuple of one":       "((('none',),), (('none', 0), ('none', 1)), (('none', 0), ('none', 1), ('none', 2)))",
	"tuple source twice": "((('none', 0),), (('none', 0), ('none', 0)), (('none', 0), ('none', 1), ('none', 2)))",
}

// Ways in which the authors' programs, Python and spreadsheets print one cell.
var written201 = map[string]string{
	"the benchmark": cell201,
	"white space":   "  |nor_conv_3x3~0| + |none~0|skip_connect~1| +\t|nor_conv_1x1~0|none~1|avg_pool_3x3~2|\r\n",
	"quotes":        "\"'" + cell201 + "'\"",
	"comma":         "'" + cell201 + "',",
	"byte order":    "\ufeff" + cell201,
	"other order":   "|nor_conv_3x3~0|+|skip_connect~1|none~0|+|avg_pool_3x3~2|nor_conv_1x1~0|none~1|",
	"structure":     "Structure(4 nodes with " + cell201 + ")",
	"tuples":        "((('nor_conv_3x3', 0),), (('none', 0), ('skip_connect', 1)), (('nor_conv_1x1', 0), ('none', 1), ('avg_pool_3x3', 2)))",
	"lists":         `[[["nor_conv_3x3", 0]], [["skip_connect", 1], ["none", 0]], [["nor_conv_1x1", 0], ["none", 1], ["avg_pool_3x3", np.int64(2)]]]`,
}

const cell201 = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|avg_pool_3x3~2|"

func TestNASBench201ReadsPrintedCells(t *testing.T) {
	var space searchspace.NASBench201
	for name, text := range written201 {
		a, err := space.Parse(text)
		if assert.NoError(t, err, name) {
			assert.Equal(t, cell201, space.Format(a), name)
		}
	}
}

func TestNASBench201Errors(t *testing.T) {
	for text, message := range map[string]string{
		"|conv3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|": `unknown operation "conv3x3"; the operations are "none", "skip_connect", ` +
			`"nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"`,
		"64:64:64:64:64": "NATS-Bench's size space",
		"|none~0|+|none~0|+|none~0|none~1|none~2|":                                              "node 2 must have 2 operations",
		"|none~0|+|none~1|none~1|+|none~0|none~1|none~2|":                                       "node 2 has two operations that read node 1",
		"|none~3|+|none~0|none~1|+|none~0|none~1|none~2|":                                       `operation "none" of node 1 must read an earlier node`,
		"((('none', 0),), (('none', 0),), (('none', 0), ('none', 1), ('none', 2)))":             "node 2 must have 2 pairs ('operation', node), got 1",
		"((('none',),), (('none', 0), ('none', 1)), (('none', 0), ('none', 1), ('none', 2)))":   "a cell must be of the form",
		"(((0, 'none'),), (('none', 0), ('none', 1)), (('none', 0), ('none', 1), ('none', 2)))": "a cell must be of the form",
		"((('none', 1),), (('none', 0), ('none', 1)), (('none', 0), ('none', 1), ('none', 2)))": `operation "none" of node 1 must read an earlier node`,
		"[(":                 "unexpected end",
		"(4, 3, 1, 0, 2, 1)": "a cell must be of the form |nor_conv_3x3~0|+",
	} {
		_, err := searchspace.NASBench201{}.Parse(text)
		assert.ErrorContains(t, err, message)
	}
}

func TestMalformedNASBench201Notation(t *testing.T) {
	for name, text := range malformed201 {
		t.Run(name, func(t *testing.T) {
			_, err := searchspace.NASBench201{}.Parse(text)
			require.ErrorIs(t, err, searchspace.ErrInvalid)
			assert.ErrorContains(t, err, "nasbench201")
		})
	}
}

func FuzzNASBench201Parse(f *testing.F) {
	for _, text := range malformed201 {
		f.Add(text)
	}
	for _, text := range written201 {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var space searchspace.NASBench201
		a, err := space.Parse(text)
		if err != nil {
			require.ErrorIs(t, err, searchspace.ErrInvalid)
			return
		}
		require.NoError(t, space.Validate(a))
		again, err := space.Parse(space.Format(a))
		require.NoError(t, err)
		require.True(t, a.Equal(again))
	})
}

func TestNASBench201FormatsNonMembers(t *testing.T) {
	dag := func(name string, n int, ops []string, edges ...searchspace.Edge) searchspace.Arch {
		g, err := searchspace.NewDAG(name, n, ops, edges)
		require.NoError(t, err)
		return searchspace.NewArch(g)
	}
	for name, a := range map[string]searchspace.Arch{
		"nothing":           {},
		"three nodes":       dag("cell", 3, nil),
		"another part":      dag("stage", 4, nil),
		"node operations":   dag("cell", 4, []string{"a", "b", "c", "d"}),
		"no operation":      dag("cell", 4, nil, searchspace.Edge{From: 0, To: 1}),
		"none spelled out":  dag("cell", 4, nil, searchspace.Edge{From: 0, To: 1, Op: "none"}),
		"unknown operation": dag("cell", 4, nil, searchspace.Edge{From: 0, To: 1, Op: "conv"}),
	} {
		t.Run(name, func(t *testing.T) {
			var space searchspace.NASBench201
			assert.ErrorIs(t, space.Validate(a), searchspace.ErrInvalid)
			assert.Equal(t, a.String(), space.Key(a))
			assert.False(t, strings.HasPrefix(space.Format(a), "|"))
		})
	}
}
