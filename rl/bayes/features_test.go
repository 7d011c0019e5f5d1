package bayes

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/searchspace"
)

// values maps the names of fields to values.
type values = map[string]string

// layer is a node of the chain in withFields.
type layer struct {
	op     string
	fields values
}

// member returns an architecture of withFields: a chain of layers, a cell with an edge 0→2 that has
// the given fields unless they are nil, and parameters.
func member(t *testing.T, chain []layer, edge, training values) searchspace.Arch {
	ops, rows := []string{}, []values{}
	var edges []searchspace.Edge
	for i, l := range append(chain, layer{searchspace.End, nil}) {
		ops, rows = append(ops, l.op), append(rows, l.fields)
		if i > 0 {
			edges = append(edges, searchspace.Edge{From: i - 1, To: i})
		}
	}
	net, err := searchspace.NewDAG("net", len(ops), ops, edges)
	require.NoError(t, err)
	net, err = net.WithNodeFields(rows)
	require.NoError(t, err)
	var inCell []searchspace.Edge
	var inCellFields []values
	if edge != nil {
		inCell, inCellFields = []searchspace.Edge{{From: 0, To: 2}}, []values{edge}
	}
	cell, err := searchspace.NewDAG("cell", 3, nil, inCell)
	require.NoError(t, err)
	cell, err = cell.WithEdgeFields(inCellFields)
	require.NoError(t, err)
	params, err := searchspace.NewDAG("training", 1, nil, nil)
	require.NoError(t, err)
	params, err = params.WithNodeFields([]values{training})
	require.NoError(t, err)
	a := searchspace.NewArch(net, cell, params)
	require.NoError(t, withFields(t).Validate(a))
	return a
}

func conv(kernel int) layer {
	return layer{"conv", values{"kernel": fmt.Sprint(kernel), "norm": "true"}}
}

func attention(heads int) layer {
	return layer{"attention", values{"heads": fmt.Sprint(heads), "norm": "true"}}
}

// The distance of the first term counts differences; for ordered fields, it counts how large they
// are.
func TestFieldsAreComparedOneByOne(t *testing.T) {
	training := values{"rate": "0.001", "optimizer": "sgd", "epochs": "10"}
	edge := values{"width": "8", "act": "relu"}
	base := member(t, []layer{conv(3), attention(1)}, edge, training)
	e := newEncoder(withFields(t))
	assert.Equal(t, 5+10+5+3+3+3+1+1, e.labels, "nodes, pairs and norms of the chain, nodes, pairs and activations of the cell, node and optimizer")
	assert.Equal(t, 2*5+3+2, e.ordered, "kernels and heads, widths, rate and epochs")
	from := e.encode(base)
	for name, c := range map[string]struct {
		other searchspace.Arch
		want  float64
	}{
		"itself":             {base, 0},
		"a kernel by a step": {member(t, []layer{conv(5), attention(1)}, edge, training), 1.0 / 2},
		"a kernel by two":    {member(t, []layer{conv(7), attention(1)}, edge, training), 1},
		"heads by two":       {member(t, []layer{conv(3), attention(4)}, edge, training), 2.0 / 3},
		"a norm":             {member(t, []layer{{"conv", values{"kernel": "3", "norm": "false"}}, attention(1)}, edge, training), 1},
		// The operation differs, the kernel no longer exists, and the heads do.
		"an operation": {member(t, []layer{attention(2), attention(1)}, edge, training), 3},
		// The operation of the third node differs; its heads and norm now exist. There are also a
		// fourth node and an edge.
		"a layer more":  {member(t, []layer{conv(3), attention(1), attention(8)}, edge, training), 5},
		"a width":       {member(t, []layer{conv(3), attention(1)}, values{"width": "32", "act": "relu"}, training), 1},
		"an activation": {member(t, []layer{conv(3), attention(1)}, values{"width": "8", "act": "gelu"}, training), 1},
		"no edge":       {member(t, []layer{conv(3), attention(1)}, nil, training), 3},
		"a rate":        {member(t, []layer{conv(3), attention(1)}, edge, values{"rate": "0.01", "optimizer": "sgd", "epochs": "10"}), 1.0 / 2},
		"an optimizer":  {member(t, []layer{conv(3), attention(1)}, edge, values{"rate": "0.001", "optimizer": "adam", "epochs": "10"}), 1},
	} {
		to := e.encode(c.other)
		assert.InDelta(t, c.want, from.decisionDistance(&to), 1e-12, name)
		assert.InDelta(t, c.want, to.decisionDistance(&from), 1e-12, name)
	}
}

// The more an ordered field differs, the fewer walks are shared. Operations have more effect than
// fields.
func TestWalksSeeFields(t *testing.T) {
	e := newEncoder(withFields(t))
	encode := func(chain []layer, rate string) features {
		training := values{"rate": rate, "optimizer": "sgd", "epochs": "10"}
		return e.encode(member(t, chain, nil, training))
	}
	base := encode([]layer{conv(3), conv(3), attention(2)}, "0.0001")
	last := -1.0
	for _, chain := range [][]layer{
		{conv(3), conv(3), attention(2)}, {conv(3), conv(5), attention(2)}, {conv(3), conv(7), attention(2)}, {conv(3), attention(2), attention(2)},
	} {
		near := encode(chain, "0.0001")
		d := base.walkDistance(&near)
		assert.Less(t, last, d)
		last = d
	}
	assert.Positive(t, last)
	step, steps := encode([]layer{conv(3), conv(3), attention(2)}, "0.001"), encode([]layer{conv(3), conv(3), attention(2)}, "0.01")
	// A single node: its walk without edges differs in one of two views, and then in both.
	assert.InDelta(t, 1, base.walkDistance(&step), 1e-12)
	assert.InDelta(t, 2, base.walkDistance(&steps), 1e-12)
}

// Only positions that differ somewhere count, unless all decisions are counted and there are no
// fields.
func TestUnitsCountDifferences(t *testing.T) {
	training := values{"rate": "0.001", "optimizer": "sgd", "epochs": "10"}
	fields := []searchspace.Arch{
		member(t, []layer{conv(3), attention(1)}, nil, training), member(t, []layer{conv(7), attention(1)}, nil, training), member(t, []layer{conv(3), attention(2)}, nil, training),
	}
	cell := func(text string) searchspace.Arch {
		a, err := searchspace.NASBench201{}.Parse(text)
		require.NoError(t, err)
		return a
	}
	cells := []searchspace.Arch{
		cell("|nor_conv_3x3~0|+|none~0|none~1|+|none~0|nor_conv_1x1~1|none~2|"), cell("|nor_conv_1x1~0|+|none~0|none~1|+|none~0|none~1|none~2|"),
	}
	for _, c := range []struct {
		space searchspace.Space
		archs []searchspace.Arch
		all   bool
		want  float64
	}{{withFields(t), fields, false, 2}, {withFields(t), fields, true, 2}, {searchspace.NASBench201{}, cells, false, 2}, {searchspace.NASBench201{}, cells, true, 10}} {
		s := stateOf(t, c.space, c.archs, nil)
		m := remember(s, memoryKey{})
		numbers := make([]int, len(c.archs))
		for i := range numbers {
			numbers[i] = i
		}
		assert.InDelta(t, decisionLength*c.want, m.sampleOf(numbers, c.all).decisionUnit, 1e-12, "%s, all %v", c.space.Name(), c.all)
		m.turn.Unlock()
	}
}

// Until there are evaluations to take the units of distances from, candidates determine them: without
// that, all walks would be infinitely far apart.
func TestUnitsOfTheFirstDistances(t *testing.T) {
	space := searchspace.NASBench201{}
	archs := draws(t, space, 60, 40)
	for evaluated := range 2 {
		s := stateOf(t, space, archs[:evaluated], archs[1:2])
		p, err := averaged.outlook(context.Background(), s, archs[2:])
		require.NoError(t, err)
		all := encodeAll(space, archs[1:])
		var distances []float64
		for i := range all {
			for j := range i {
				distances = append(distances, all[i].walkDistance(&all[j]))
			}
		}
		slices.Sort(distances)
		assert.Equal(t, distances[len(distances)/2], p.sample.walkUnit)
		assert.InDelta(t, decisionLength*6, p.sample.decisionUnit, 1e-9, "six edges differ")
	}
	p, err := averaged.outlook(context.Background(), stateOf(t, space, nil, nil), archs)
	require.NoError(t, err)
	kernels := map[[2]float64]float64{}
	for _, post := range p.posteriors {
		kernels[[2]float64{post.walks, post.scale}] = post.weight
	}
	assert.Len(t, kernels, 8, "all kernels count")
	for _, w := range kernels {
		assert.InDelta(t, 1.0/8, w, 1e-12)
	}
}
