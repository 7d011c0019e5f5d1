package searchspace_test

import (
	"encoding/json"
	"maps"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/searchspace"
)

// layers returns a chain of two layers with fields of every kind, and one on its edge.
func layers(t testing.TB) *searchspace.Sequential {
	space, err := searchspace.New("layers", []searchspace.Part{{
		Name: "net", MaxNodes: 2, NodeOps: []string{"attention", "conv"},
		NodeFields: []searchspace.Field{
			searchspace.Ordered("heads", 2, 4, 8).When("op", "attention"),
			searchspace.Ordered("kernel", 3, 5, 7).When("op", "conv"),
			searchspace.Bool("norm"),
			searchspace.Choice("order", "before", "after").When("norm", "true").When("op", "attention"),
		},
		EdgeFields: []searchspace.Field{searchspace.Ordered("drop", 0, 0.1, 3e-7)},
	}})
	require.NoError(t, err)
	return space
}

func TestFields(t *testing.T) {
	space := layers(t)
	count := 0
	for a, err := range searchspace.Enumerate(space.Start()) {
		require.NoError(t, err)
		require.NoError(t, space.Validate(a))
		count++
	}
	// A layer is an attention (3 numbers of heads, without norm or with one of 2) or a convolution
	// (3 kernels, 2 norms).
	const layer = 3*(1+2) + 3*2
	assert.Equal(t, layer*layer*(1+3), count, "two layers, without an edge or with one of three rates")

	b := space.Start()
	for _, value := range []int{0, 2, 1, 0, 1, 1, 0, 1, 2} {
		require.NoError(t, b.Take(value))
	}
	a, err := b.Arch()
	require.NoError(t, err)
	net := a.Part(0)
	assert.Equal(t, "attention{heads=8,norm=true,order=before}; conv{kernel=5,norm=false}<0{drop=3e-07}", a.String())
	first, second, edge := net.Node(0), net.Node(1), net.EdgeLabel(0, 1)
	assert.Equal(t, "attention", first.Op)
	assert.Equal(t, 8, first.Int("heads"))
	assert.True(t, first.Bool("norm"))
	assert.Equal(t, "before", first.Get("order"))
	assert.False(t, first.Has("kernel"))
	assert.Equal(t, 5.0, second.Float("kernel"))
	assert.True(t, second.Has("norm"))
	assert.False(t, second.Bool("norm"))
	assert.Zero(t, second.Int("heads"))
	assert.Zero(t, second.Float("heads"))
	assert.Equal(t, map[string]string{"drop": "3e-07"}, maps.Collect(edge.Fields()))
	assert.Equal(t, 3e-7, edge.Float("drop"))
	assert.Equal(t, searchspace.Label{}, net.EdgeLabel(1, 0))

	text, err := json.Marshal(a)
	require.NoError(t, err)
	assert.JSONEq(t, `{"parts": [{"name": "net", "nodes": 2, "node_ops": ["attention", "conv"],
		"node_fields": [{"heads": 8, "norm": true, "order": "before"}, {"kernel": 5, "norm": false}],
		"edges": [{"from": 0, "to": 1, "fields": {"drop": 3e-07}}]}]}`, string(text))
}

// An ordered field moves by one step; all other values are one change away.
func TestNeighborsByFields(t *testing.T) {
	space := layers(t)
	b := space.Start()
	for _, value := range []int{0, 1, 1, 0, 1, 0, 0, 1, 0} {
		require.NoError(t, b.Take(value))
	}
	a, err := b.Arch()
	require.NoError(t, err)
	near, err := searchspace.Neighbors(space, a)
	require.NoError(t, err)
	texts := map[string]bool{}
	for _, n := range near {
		texts[n.String()] = true
	}
	const rest = "; conv{kernel=3,norm=false}<0{drop=0}"
	for text, want := range map[string]bool{
		"attention{heads=2,norm=true,order=before}" + rest:                                 true,
		"attention{heads=8,norm=true,order=before}" + rest:                                 true,
		"attention{heads=4,norm=true,order=after}" + rest:                                  true,
		"attention{heads=4,norm=false}" + rest:                                             true,
		"conv{kernel=7,norm=true}" + rest:                                                  true, // new decisions take every value
		"attention{heads=4,norm=true,order=before}" + rest:                                 false,
		"attention{heads=4,norm=true,order=before}; conv{kernel=5,norm=false}<0{drop=0}":   true,
		"attention{heads=4,norm=true,order=before}; conv{kernel=7,norm=false}<0{drop=0}":   false, // two steps
		"attention{heads=4,norm=true,order=before}; conv{kernel=3,norm=false}<0{drop=0.1}": true,
		"attention{heads=4,norm=true,order=before}; conv{kernel=3,norm=false}":             true,
	} {
		assert.Equal(t, want, texts[text], text)
	}
}

func TestInvalidFields(t *testing.T) {
	choice, ordered := searchspace.Choice, searchspace.Ordered[float64]
	zero := 0.0
	for name, test := range map[string]struct {
		fields []searchspace.Field
		says   string
	}{
		"no values":         {[]searchspace.Field{choice("a")}, "at least one value"},
		"no name":           {[]searchspace.Field{choice("", "x")}, "the name must not be empty"},
		"reserved":          {[]searchspace.Field{choice("op", "x")}, `must not be empty or "op"`},
		"twice":             {[]searchspace.Field{choice("a", "x"), choice("a", "y")}, `"a" is listed twice`},
		"value twice":       {[]searchspace.Field{choice("a", "x", "x")}, `"x" is empty or listed twice`},
		"empty value":       {[]searchspace.Field{choice("a", "")}, "empty"},
		"NaN":               {[]searchspace.Field{ordered("lr", 1, zero/zero)}, "NaN must be a finite number"},
		"infinite":          {[]searchspace.Field{ordered("lr", 1/zero)}, "+Inf must be a finite number"},
		"unknown":           {[]searchspace.Field{choice("a", "x").When("b", "y")}, `"b", which does not exist`},
		"later":             {[]searchspace.Field{choice("a", "x").When("b", "y"), choice("b", "y")}, "must precede"},
		"itself":            {[]searchspace.Field{choice("a", "x").When("a", "x")}, "must precede"},
		"cycle":             {[]searchspace.Field{choice("a", "x").When("b", "y"), choice("b", "y").When("a", "x")}, "must precede"},
		"unknown value":     {[]searchspace.Field{choice("a", "x"), choice("b", "y").When("a", "z")}, `to be "z", but the values are ["x"]`},
		"unknown operation": {[]searchspace.Field{choice("a", "x").When("op", "pool")}, `to be "pool", but the values are ["conv"]`},
		"too many values":   {[]searchspace.Field{choice("a", numbers(40_000)...)}, "at most 32767"},
		"no condition":      {[]searchspace.Field{choice("a", "x").When("op")}, "must list at least one value"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := searchspace.New("s", []searchspace.Part{{Name: "cell", MaxNodes: 2, NodeOps: []string{"conv"}, NodeFields: test.fields}})
			require.ErrorContains(t, err, test.says)
			assert.ErrorContains(t, err, `part "cell": nodes: field`)
			_, err = searchspace.New("s", []searchspace.Part{{Name: "cell", MaxNodes: 2, EdgeOps: []string{"none", "conv"}, EdgeFields: test.fields}})
			if name != "unknown operation" { // its list also has "none"
				assert.ErrorContains(t, err, test.says)
			}
			assert.Error(t, err)
		})
	}
	_, err := searchspace.New("s", []searchspace.Part{{Name: "cell", MaxNodes: 2, NodeFields: []searchspace.Field{choice("a", "x").When("op", "conv")}}})
	assert.ErrorContains(t, err, `"op", which does not exist`, "nodes carry no operations")
	_, err = searchspace.New("s", []searchspace.Part{{Name: "cell", MaxNodes: 10_000, NodeOps: []string{"conv"}}})
	assert.ErrorContains(t, err, "decisions")
}

// numbers returns the numbers below n as text.
func numbers(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = strconv.Itoa(i)
	}
	return all
}

func TestArchitecturesWithWrongFields(t *testing.T) {
	space := layers(t)
	g, err := searchspace.NewDAG("net", 2, []string{"conv", "conv"}, nil)
	require.NoError(t, err)
	member := []map[string]string{{"kernel": "3", "norm": "false"}, {"kernel": "5", "norm": "true"}}
	for name, test := range map[string]struct {
		change func(fields []map[string]string)
		says   string
	}{
		"none":          {func([]map[string]string) {}, ""},
		"unknown value": {func(f []map[string]string) { f[0]["kernel"] = "9" }, `node 0 has the unknown value "9" of field "kernel"; the values are "3", "5", "7"`},
		"missing":       {func(f []map[string]string) { delete(f[1], "norm") }, `node 1 must have the field "norm"`},
		"superfluous":   {func(f []map[string]string) { f[0]["heads"] = "2" }, `node 0 must not have the field "heads", which does not exist`},
		"unknown field": {func(f []map[string]string) { f[0]["rate"] = "2" }, `node 0 has the unknown field "rate"`},
	} {
		fields := []map[string]string{maps.Clone(member[0]), maps.Clone(member[1])}
		test.change(fields)
		with, err := g.WithNodeFields(fields)
		require.NoError(t, err, name)
		err = space.Validate(searchspace.NewArch(with))
		if test.says == "" {
			assert.NoError(t, err, name)
			continue
		}
		assert.ErrorIs(t, err, searchspace.ErrInvalid, name)
		assert.ErrorContains(t, err, test.says, name)
	}
	for name, fields := range map[string][]map[string]string{"too few": member[:1], "empty value": {{"a": ""}, {}}, "empty name": {{"": "x"}, {}}} {
		_, err := g.WithNodeFields(fields)
		assert.ErrorIs(t, err, searchspace.ErrInvalid, name)
	}
	_, err = g.WithEdgeFields(member)
	assert.ErrorIs(t, err, searchspace.ErrInvalid, "fields of edges that do not exist")
	for _, text := range []string{
		`{"parts":[{"name":"net","nodes":1,"node_fields":[{"a":[1]}],"edges":[]}]}`,
		`{"parts":[{"name":"net","nodes":1,"node_fields":[{"a":""}],"edges":[]}]}`,
		`{"parts":[{"name":"net","nodes":2,"node_fields":[{"a":1}],"edges":[]}]}`,
		`{"parts":[{"name":"net","nodes":2,"edges":[{"from":0,"to":1,"fields":{"a":null}}]}]}`,
	} {
		var a searchspace.Arch
		assert.ErrorIs(t, json.Unmarshal([]byte(text), &a), searchspace.ErrInvalid, text)
	}
}
