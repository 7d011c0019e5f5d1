package gran

import (
	"context"
	"maps"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/searchspace"
)

// TestCachedNodesGiveTheStatesOfAWholePass compares sampling, which caches the contributions of
// settled nodes, with a pass over the whole prefix.
func TestCachedNodesGiveTheStatesOfAWholePass(t *testing.T) {
	two, err := searchspace.New("two", []searchspace.Part{
		{Name: "a", MaxNodes: 5, NodeOps: []string{"x", "y", "end"}, Last: "end"},
		{Name: "b", MaxNodes: 4, EdgeOps: []string{"none", "skip", "conv"}},
	})
	require.NoError(t, err)
	spaces := modeltest.FieldSpaces(t)
	maps.Copy(spaces, shortChains(t))
	maps.Copy(spaces, longChains(t))
	spaces["large"] = largeSpace(t)
	spaces["NAS-Bench-101"], spaces["NAS-Bench-201"], spaces["two parts"] = searchspace.NASBench101{}, searchspace.NASBench201{}, two
	for name, space := range spaces {
		t.Run(name, func(t *testing.T) {
			rng := modeltest.Rand(1)
			g := newModel(t, space, Config{Form: CausalForm, Layers: 3, Attention: 8, Components: 3}, 1)
			drafts := make([]*draft, 9)
			for i := range drafts {
				drafts[i] = newDraft(space)
			}
			cached := &cachedPredictor{model: g, drafts: drafts}
			defer cached.release()
			predict := func(part, node int, active []*draft) func() {
				release := g.predict(part, node, active)
				defer release()
				whole := make([]states, len(active))
				for i, d := range active {
					whole[i] = d.choices.states
				}
				cached.predict(part, node, active)
				for i, d := range active {
					requireSameStates(t, g.nets[part], node, whole[i], d.choices.states)
				}
				return func() {}
			}
			require.NoError(t, g.eachNode(context.Background(), func() []*draft { return drafts }, predict,
				func(part, node int, active []*draft) error { return g.decide(part, node, active, rng) }))
			archs := make([]searchspace.Arch, len(drafts))
			for i, d := range drafts {
				var err error
				archs[i], err = d.Builder.Arch()
				require.NoError(t, err)
			}
			for i, lp := range modeltest.LogProbs(t, g, archs...) {
				assert.InDelta(t, lp, drafts[i].LogProb, 1e-4)
			}
		})
	}
}

// requireSameStates compares what the heads read when they decide about a node.
func requireSameStates(t *testing.T, net *network, node int, want, got states) {
	require.InDeltaSlice(t, want.query, got.query, 1e-5)
	for j := range node {
		if net.edgeValues != nil {
			require.InDeltaSlice(t, want.settled.row(j), got.settled.row(j), 1e-5)
		}
		if !net.chain {
			require.InDeltaSlice(t, want.products.row(j), got.products.row(j), 1e-5)
		}
	}
}

func TestSamplesDoNotDependOnTheNumberOfProcessors(t *testing.T) {
	for _, form := range []Form{PaperForm, CausalForm} {
		draw := func(processors int) []searchspace.Arch {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
			g, err := New(searchspace.NASBench101{}, Config{Form: form}, rand.New(rand.NewPCG(1, 1)))
			require.NoError(t, err)
			archs, err := g.Sample(context.Background(), rand.New(rand.NewPCG(2, 2)), 60)
			require.NoError(t, err)
			return archs
		}
		assert.Equal(t, draw(1), draw(2))
	}
}
