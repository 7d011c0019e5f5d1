package generator_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/searchspace"
)

// ownOrder is a space with one part and its own order of decisions: each edge of a node is followed
// by its operation, and the node's operation comes last.
type ownOrder struct{ *searchspace.Sequential }

func (s ownOrder) Start() searchspace.Builder { return &ownBuilder{part: s.Parts()[0]} }

func (s ownOrder) Validate(a searchspace.Arch) error {
	_, err := searchspace.Path(s, a)
	return err
}

// ownBuilder is between two decisions about node len(ops): about the edge from node from, or about
// its operation if the edge has just been decided.
type ownBuilder struct {
	part    searchspace.Part
	ops     []string
	edges   []searchspace.Edge
	from    int
	present bool
}

func (b *ownBuilder) Next() (searchspace.Decision, bool) {
	d := searchspace.Decision{Node: len(b.ops), From: b.from}
	switch {
	case d.Node == b.part.MaxNodes:
		return d, false
	case b.present:
		d.Kind, d.Allowed = searchspace.EdgeOp, []int{1, 2}
	case b.from < d.Node:
		d.Kind, d.Allowed = searchspace.EdgePresence, []int{0, 1}
		if b.from == 1 {
			d.Allowed = d.Allowed[1:]
		}
	default:
		d.Kind, d.From, d.Allowed = searchspace.NodeOp, -1, []int{0, 1}
	}
	return d, true
}

func (b *ownBuilder) Take(value int) error {
	d, ok := b.Next()
	if !ok || !slices.Contains(d.Allowed, value) {
		return errors.New("not allowed")
	}
	switch d.Kind {
	case searchspace.NodeOp:
		b.ops, b.from = append(b.ops, b.part.NodeOps[value]), 0
	case searchspace.EdgeOp:
		b.edges = append(b.edges, searchspace.Edge{From: b.from, To: d.Node, Op: b.part.EdgeOps[value]})
		b.present = false
		b.from++
	default:
		if b.present = value == 1; !b.present {
			b.from++
		}
	}
	return nil
}

func (b *ownBuilder) Arch() (searchspace.Arch, error) {
	g, err := searchspace.NewDAG(b.part.Name, len(b.ops), b.ops, b.edges)
	return searchspace.NewArch(g), err
}

func (b *ownBuilder) Clone() searchspace.Builder {
	c := *b
	c.ops, c.edges = slices.Clip(b.ops), slices.Clip(b.edges)
	return &c
}

func TestProbabilitiesInAnotherOrderOfDecisions(t *testing.T) {
	s := ownOrder{modeltest.Space(t, nil, searchspace.Part{
		Name: "cell", MaxNodes: 3, NodeOps: []string{"a", "b"}, EdgeOps: []string{"none", "x", "y"},
	})}
	all := modeltest.Enumerate(t, s)
	require.Len(t, all, 8*3*3*2)
	eachModel(t, func(t *testing.T, make maker) {
		m := make(t, s, 1)
		modeltest.Fit(t, m, 2, modeltest.Examples(1, all[7], all[100]), generator.FitOptions{Epochs: 20, Loss: generator.LogLikelihood})
		p := modeltest.Probabilities(t, m, all)
		assert.InDelta(t, 1, modeltest.Sum(p), 1e-4)
		modeltest.RequireFrequencies(t, all, p, modeltest.Sample(t, m, 3, 5000))
		best := mostProbable(t, m, 5, len(all))
		for i, q := range best {
			assert.InDelta(t, modeltest.LogProbs(t, m, q.Arch)[0], q.LogProb, 1e-4, i)
		}
	})
}
