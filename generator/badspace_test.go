package generator_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/generator/lstm"
	"github.com/graphpnas/graphpnas/searchspace"
)

// badSpace is NAS-Bench-201 with other parts and with other decisions of its builder.
type badSpace struct {
	searchspace.NASBench201
	parts []searchspace.Part
	spoil func(number int, d *searchspace.Decision)
}

func (s badSpace) Parts() []searchspace.Part {
	if s.spoil != nil {
		return s.NASBench201.Parts()
	}
	return s.parts
}

func (s badSpace) Start() searchspace.Builder {
	return &badBuilder{Builder: s.NASBench201.Start(), spoil: s.spoil}
}

// spoiled is a space with other decisions of its builder.
type spoiled struct {
	searchspace.Space
	spoil func(number int, d *searchspace.Decision)
}

func (s spoiled) Start() searchspace.Builder {
	return &badBuilder{Builder: s.Space.Start(), spoil: s.spoil}
}

type badBuilder struct {
	searchspace.Builder
	spoil func(number int, d *searchspace.Decision)
	taken int
}

func (b *badBuilder) Next() (searchspace.Decision, bool) {
	d, ok := b.Builder.Next()
	if ok {
		b.spoil(b.taken, &d)
	}
	return d, ok
}

func (b *badBuilder) Take(value int) error {
	b.taken++
	return b.Builder.Take(value)
}

func (b *badBuilder) Clone() searchspace.Builder {
	return &badBuilder{b.Builder.Clone(), b.spoil, b.taken}
}

func TestFaultyBuilders(t *testing.T) {
	member := modeltest.Sample(t, newGRAN(t, searchspace.NASBench201{}, little, 1), 1, 1)[0]
	for name, bad := range map[string]struct {
		spoil func(d *searchspace.Decision)
		is    error
	}{
		"nothing is allowed":      {func(d *searchspace.Decision) { d.Allowed = nil }, searchspace.ErrDeadEnd},
		"too large a value":       {func(d *searchspace.Decision) { d.Allowed = []int{0, 1, 9} }, searchspace.ErrInvalid},
		"a negative value":        {func(d *searchspace.Decision) { d.Allowed = []int{-1, 0, 1} }, searchspace.ErrInvalid},
		"only a negative value":   {func(d *searchspace.Decision) { d.Allowed = []int{-1} }, searchspace.ErrInvalid},
		"a value beyond all":      {func(d *searchspace.Decision) { d.Allowed = []int{0, math.MaxInt} }, searchspace.ErrInvalid},
		"operations nodes lack":   {func(d *searchspace.Decision) { d.Kind, d.Allowed = searchspace.NodeOp, []int{0, 1} }, searchspace.ErrInvalid},
		"fields nodes lack":       {func(d *searchspace.Decision) { d.Kind, d.Allowed = searchspace.NodeField, []int{0} }, searchspace.ErrInvalid},
		"fields edges lack":       {func(d *searchspace.Decision) { d.Kind, d.Allowed = searchspace.EdgeField, []int{0} }, searchspace.ErrInvalid},
		"an edge from itself":     {func(d *searchspace.Decision) { d.From = d.Node }, searchspace.ErrInvalid},
		"an edge from nowhere":    {func(d *searchspace.Decision) { d.From = -1 }, searchspace.ErrInvalid},
		"an edge from far away":   {func(d *searchspace.Decision) { d.From = math.MaxInt - 1 }, searchspace.ErrInvalid},
		"a node that is not next": {func(d *searchspace.Decision) { d.Node = 0 }, searchspace.ErrInvalid},
		"a node beyond the last":  {func(d *searchspace.Decision) { d.Node = 4 }, searchspace.ErrInvalid},
		"a negative node":         {func(d *searchspace.Decision) { d.Node = -1 }, searchspace.ErrInvalid},
		"no kind of decision":     {func(d *searchspace.Decision) { d.Kind = 77 }, nil},
		"a part beyond the last":  {func(d *searchspace.Decision) { d.Part = 1 }, searchspace.ErrInvalid},
		"a part before the first": {func(d *searchspace.Decision) { d.Part = -1 }, searchspace.ErrInvalid},
		"values out of order":     {func(d *searchspace.Decision) { d.Allowed = []int{1, 1, 0} }, nil},
	} {
		for model, make := range models {
			for _, when := range []int{0, 5} {
				t.Run(fmt.Sprintf("%s, decision %d, %s", name, when, model), func(t *testing.T) {
					g := make(t, badSpace{spoil: func(number int, d *searchspace.Decision) {
						if number == when {
							bad.spoil(d)
						}
					}}, 1)
					check := func(err error) {
						if bad.is != nil {
							assert.ErrorIs(t, err, bad.is)
						}
					}
					_, err := g.Sample(context.Background(), modeltest.Rand(1), 5)
					check(err)
					_, err = g.MostProbable(context.Background(), 2, 2)
					check(err)
					if name == "a part beyond the last" || name == "a part before the first" {
						return // searchspace.Path does not check the part
					}
					_, err = g.LogProb(context.Background(), []searchspace.Arch{member})
					assert.True(t, bad.is == nil || err != nil)
					_, err = g.Fit(context.Background(), modeltest.Rand(1), modeltest.Examples(1, member), generator.FitOptions{Loss: generator.LogLikelihood, Entropy: 1})
					assert.True(t, bad.is == nil || err != nil)
				})
			}
		}
	}
}

func TestFaultyBuildersWithFields(t *testing.T) {
	field := []searchspace.Field{searchspace.Choice("size", "s", "m", "l")}
	space := modeltest.Space(t, nil, searchspace.Part{Name: "cell", MaxNodes: 3, NodeFields: field, EdgeFields: field})
	member := modeltest.Enumerate(t, space)[100]
	for name, spoil := range map[string]func(d *searchspace.Decision){
		"a field beyond the last": func(d *searchspace.Decision) { d.Field = 1 },
		"a negative field":        func(d *searchspace.Decision) { d.Field = -1 },
		"too large a value":       func(d *searchspace.Decision) { d.Allowed = []int{0, 3} },
		"a negative value":        func(d *searchspace.Decision) { d.Allowed = []int{-1, 0} },
		"a node beyond the last":  func(d *searchspace.Decision) { d.Node = 3 },
		"a negative node":         func(d *searchspace.Decision) { d.Node = -1 },
		"an edge from itself":     func(d *searchspace.Decision) { d.Kind, d.From = searchspace.EdgeField, d.Node },
		"an edge from nowhere":    func(d *searchspace.Decision) { d.Kind, d.From = searchspace.EdgeField, -1 },
	} {
		for _, kind := range []searchspace.Kind{searchspace.NodeField, searchspace.EdgeField} {
			for model, make := range models {
				t.Run(fmt.Sprintf("%s, %v, %s", name, kind, model), func(t *testing.T) {
					g := make(t, spoiled{space, func(_ int, d *searchspace.Decision) {
						if d.Kind == kind && d.Node > 0 {
							spoil(d)
						}
					}}, 1)
					_, err := g.Sample(context.Background(), modeltest.Rand(1), 50)
					assert.ErrorIs(t, err, searchspace.ErrInvalid)
					_, err = g.MostProbable(context.Background(), 50, 50)
					assert.ErrorIs(t, err, searchspace.ErrInvalid)
					_, err = g.LogProb(context.Background(), []searchspace.Arch{member})
					assert.Error(t, err)
				})
			}
		}
	}
}

func TestRulesWithDeadEnds(t *testing.T) {
	wide := []searchspace.Field{searchspace.Bool("wide")}
	part := searchspace.Part{
		Name: "cell", MaxNodes: 3, NodeOps: []string{"a", "b"}, EdgeOps: []string{"none", "x", "y"}, NodeFields: wide, EdgeFields: wide,
	}
	for _, kind := range []searchspace.Kind{
		searchspace.NodeOp, searchspace.EdgePresence, searchspace.EdgeOp, searchspace.NodeField, searchspace.EdgeField,
	} {
		s := spoiled{modeltest.Space(t, nil, part), func(_ int, d *searchspace.Decision) {
			d.Allowed = d.Allowed[len(d.Allowed)-1:]
			if d.Kind == kind && d.Node == 2 {
				d.Allowed = nil
			}
		}}
		for model, make := range models {
			g := make(t, s, 1)
			_, err := g.Sample(context.Background(), modeltest.Rand(1), 3)
			assert.ErrorIs(t, err, searchspace.ErrDeadEnd, model)
			assert.ErrorContains(t, err, "custom", model)
			_, err = g.MostProbable(context.Background(), 1, 1)
			assert.ErrorIs(t, err, searchspace.ErrDeadEnd, model)
		}
		_, err := explore.NewUniform(s).Sample(context.Background(), modeltest.Rand(1), 3)
		assert.ErrorIs(t, err, searchspace.ErrDeadEnd)
	}
}

func TestInvalidParts(t *testing.T) {
	for name, parts := range map[string][]searchspace.Part{
		"no parts":             nil,
		"no nodes":             {{Name: "cell"}},
		"fewer than no nodes":  {{Name: "cell", MaxNodes: -3}},
		"no node operations":   {{Name: "cell", MaxNodes: 2, NodeOps: []string{}}},
		"only the absent edge": {{Name: "cell", MaxNodes: 2, EdgeOps: []string{"none"}}},
		"an unknown last":      {{Name: "cell", MaxNodes: 2, NodeOps: []string{"a"}, Last: "b"}},
	} {
		for form, c := range forms {
			_, err := gran.New(badSpace{parts: parts}, c, modeltest.Rand(1))
			assert.ErrorContains(t, err, "nasbench201", "%s, %s", name, form)
		}
		_, err := lstm.New(badSpace{parts: parts}, lstm.Config{}, modeltest.Rand(1))
		assert.ErrorContains(t, err, "nasbench201", name)
	}
}

func TestInvalidSizes(t *testing.T) {
	for _, c := range []gran.Config{{Hidden: -1}, {Layers: -1}, {Attention: -1}, {Components: -1}, {Form: 9}} {
		_, err := gran.New(searchspace.NASBench201{}, c, modeltest.Rand(1))
		assert.Error(t, err, "%+v", c)
	}
	for _, c := range []lstm.Config{{Hidden: -1}, {Layers: -1}} {
		_, err := lstm.New(searchspace.NASBench201{}, c, modeltest.Rand(1))
		assert.Error(t, err, "%+v", c)
	}
}
