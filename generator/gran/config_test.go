package gran

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/searchspace"
)

// small is a configuration that is fast.
var small = Config{Layers: 2, Attention: 8, Components: 3}

// forms lists the forms of a model at small sizes.
var forms = map[string]Config{
	"paper":  small,
	"causal": {Form: CausalForm, Layers: 2, Attention: 8, Components: 3},
}

func newModel(t require.TestingT, space searchspace.Space, c Config, seed uint64) *Model {
	m, err := New(space, c, modeltest.Rand(seed))
	require.NoError(t, err)
	return m
}

func TestWidth(t *testing.T) {
	for name, test := range map[string]struct {
		parts []searchspace.Part
		least int // smallest hidden width: nodes + edge operations + 3
	}{
		"plain":           {[]searchspace.Part{{Name: "a", MaxNodes: 4}}, 7},
		"edge operations": {[]searchspace.Part{{Name: "a", MaxNodes: 4, EdgeOps: []string{"none", "x", "y", "z", "w"}}}, 12},
		"second part":     {[]searchspace.Part{{Name: "a", MaxNodes: 4}, {Name: "b", MaxNodes: 9}}, 12},
	} {
		t.Run(name, func(t *testing.T) {
			s := modeltest.Space(t, nil, test.parts...)
			for _, hidden := range []int{1, test.least - 1} {
				_, err := New(s, Config{Hidden: hidden}, modeltest.Rand(1))
				require.ErrorIs(t, err, ErrWidth)
			}
			g := newModel(t, s, Config{Hidden: test.least, Layers: 2}, 1)
			archs := modeltest.Sample(t, g, 1, 5)
			modeltest.Fit(t, g, 1, modeltest.Examples(1, archs...), generator.FitOptions{})
			assert.Equal(t, max(24, 2*test.parts[0].MaxNodes), newModel(t, s, Config{}, 1).Config().Hidden)
		})
	}
	wide := modeltest.Space(t, nil, searchspace.Part{Name: "a", MaxNodes: 20}, searchspace.Part{Name: "b", MaxNodes: 3})
	assert.Equal(t, Config{Hidden: 40, Layers: 7, Attention: 128, Components: 10}, newModel(t, wide, Config{}, 1).Config())
}

// TestDefaultSizesSuitTheTrainedSpaces checks that the network is large enough for their nodes and
// operations.
func TestDefaultSizesSuitTheTrainedSpaces(t *testing.T) {
	hidden := map[string]int{"enas-macro-12": 26, "randwire-32-32-32": 64, "darts-4": 24}
	for _, s := range modeltest.Trained {
		for _, form := range []Form{PaperForm, CausalForm} {
			t.Run(fmt.Sprintf("%s, form %d", s.Name(), form), func(t *testing.T) {
				g := newModel(t, s, Config{Form: form}, 1)
				want := Config{Form: form, Hidden: hidden[s.Name()], Layers: 7, Attention: 128, Components: 10}
				if form == CausalForm && Large(s) {
					want.Layers = 3
				}
				assert.Equal(t, want, g.Config())
				archs := modeltest.Sample(t, g, 2, 2)
				report := modeltest.Fit(t, g, 3, modeltest.Examples(1, archs...), generator.FitOptions{})
				assert.Equal(t, len(s.Parts()), report.Steps)
				require.NoError(t, s.Validate(modeltest.Sample(t, g, 4, 1)[0]))
			})
		}
	}
}

// In the causal form, graphs of more than 24 nodes have a smaller network, but chains do not.
func TestDefaultSizesOfLargeSpaces(t *testing.T) {
	ops := []string{"none", "x"}
	chain := searchspace.Chain("a", 30, 30, []string{"x", "y"})
	labeled := searchspace.Part{Name: "a", MaxNodes: 25, EdgeOps: ops, Rules: chain.Rules}
	paper := Config{Layers: 7, Attention: 128, Components: 10}
	lean := Config{Hidden: 64, Layers: 3, Attention: 128, Components: 10}
	for name, test := range map[string]struct {
		parts  []searchspace.Part
		hidden int // in the paper's form
		large  bool
	}{
		"24 nodes":                   {[]searchspace.Part{{Name: "a", MaxNodes: 24}}, 48, false},
		"25 nodes":                   {[]searchspace.Part{{Name: "a", MaxNodes: 25}}, 50, true},
		"64 nodes":                   {[]searchspace.Part{{Name: "a", MaxNodes: 64}}, 128, true},
		"chain":                      {[]searchspace.Part{chain}, 2 * chain.MaxNodes, false},
		"chain with edge operations": {[]searchspace.Part{labeled}, 50, true},
		"second part":                {[]searchspace.Part{{Name: "a", MaxNodes: 4}, {Name: "b", MaxNodes: 40}}, 80, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := modeltest.Space(t, nil, test.parts...)
			require.Equal(t, test.large, Large(s))
			want := paper
			want.Hidden = test.hidden
			assert.Equal(t, want, newModel(t, s, Config{}, 1).Config())
			if test.large {
				want = lean
			}
			want.Form = CausalForm
			assert.Equal(t, want, newModel(t, s, Config{Form: CausalForm}, 1).Config())
			own := Config{Form: CausalForm, Hidden: 5, Layers: 2, Attention: 3, Components: 4}
			assert.Equal(t, own, newModel(t, s, own, 1).Config())
		})
	}
}

// BenchmarkTrainedSpaces measures an untrained generator of the default size: a sample, and an
// epoch over 16 architectures in batches of two.
func BenchmarkTrainedSpaces(b *testing.B) {
	for _, s := range modeltest.Trained {
		for _, form := range []Form{PaperForm, CausalForm} {
			name, g := formName(form), newModel(b, s, Config{Form: form}, 1)
			b.Run(s.Name()+"/"+name+"/sample", func(b *testing.B) {
				rng := modeltest.Rand(2)
				for b.Loop() {
					_, err := g.Sample(context.Background(), rng, 1)
					require.NoError(b, err)
				}
			})
			b.Run(s.Name()+"/"+name+"/epoch", func(b *testing.B) {
				explorer, err := explore.Paper(s)
				require.NoError(b, err)
				data := modeltest.Examples(1, modeltest.Sample(b, explorer, 3, 16)...)
				for b.Loop() {
					modeltest.Fit(b, g, 4, data, generator.FitOptions{})
				}
			})
		}
	}
}
