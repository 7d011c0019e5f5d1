package gran

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/searchspace"
)

// TestCachedNodesGiveTheLogitsOfAWholePass compares sampling, which keeps what settled nodes contribute, with a pass over
// the whole prefix.
func TestCachedNodesGiveTheLogitsOfAWholePass(t *testing.T) {
	two, err := searchspace.New("two", []searchspace.Part{
		{Name: "a", MaxNodes: 5, NodeOps: []string{"x", "y", "end"}, Last: "end"},
		{Name: "b", MaxNodes: 4, EdgeOps: []string{"none", "skip", "conv"}},
	})
	require.NoError(t, err)
	spaces := modeltest.FieldSpaces(t)
	maps.Copy(spaces, shortChains(t))
	maps.Copy(spaces, longChains(t))
	spaces["NAS-Bench-101"], spaces["NAS-Bench-201"], spaces["two parts"] = searchspace.NASBench101{}, searchspace.NASBench201{}, two
	for name, space := range spaces {
		for _, nodeOps := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s %t", name, nodeOps), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(1, 1))
				g, err := New(space, Config{Form: CausalForm, NodeOps: nodeOps, Layers: 3, Attention: 8, Components: 3}, rng)
				require.NoError(t, err)
				drafts := make([]*draft, 9)
				for i := range drafts {
					drafts[i] = newDraft(space)
				}
				cached := &cachedPredictor{model: g, drafts: drafts}
				defer cached.release()
				predict := func(part, node int, active []*draft) func() {
					release := g.predict(part, node, active)
					whole, read := make([]logits, len(active)), make([]states, len(active))
					for i, d := range active {
						read[i] = cloneStates(d.choices.states)
						z := d.choices.z
						whole[i] = logits{theta: clone(z.theta), alpha: clone(z.alpha), psi: clone(z.psi), phi: clone(z.phi)}
					}
					release()
					cached.predict(part, node, active)
					for i, d := range active {
						assert.InDeltaSlice(t, whole[i].theta, d.choices.z.theta, 1e-5)
						assert.InDeltaSlice(t, whole[i].alpha, d.choices.z.alpha, 1e-5)
						assert.InDeltaSlice(t, whole[i].psi, d.choices.z.psi, 1e-5)
						assert.InDeltaSlice(t, whole[i].phi, d.choices.z.phi, 1e-5)
						assert.InDeltaSlice(t, read[i].asking, d.choices.states.asking, 1e-5)
						require.Len(t, d.choices.states.settled, len(read[i].settled))
						for j, h := range read[i].settled {
							assert.InDeltaSlice(t, h, d.choices.states.settled[j], 1e-5)
						}
					}
					return func() {}
				}
				require.NoError(t, g.eachNode(context.Background(), func() []*draft { return drafts }, predict,
					func(part, node int, active []*draft) error {
						for _, d := range active {
							require.NoError(t, d.decide(part, node, rng))
						}
						return nil
					}))
				archs := make([]searchspace.Arch, len(drafts))
				for i, d := range drafts {
					archs[i], err = d.Builder.Arch()
					require.NoError(t, err)
				}
				logProbs, err := g.LogProb(context.Background(), archs)
				require.NoError(t, err)
				for i, d := range drafts {
					assert.InDelta(t, logProbs[i], d.LogProb, 1e-4)
				}
			})
		}
	}
}

func clone(x []float32) []float32 { return append([]float32{}, x...) }

func cloneStates(x states) states {
	copied := states{flat: x.flat, asking: clone(x.asking)}
	for _, h := range x.settled {
		copied.settled = append(copied.settled, clone(h))
	}
	return copied
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

func TestNodeOpsAreAnInputOfTheCausalFormAlone(t *testing.T) {
	_, err := New(searchspace.NASBench101{}, Config{NodeOps: true}, rand.New(rand.NewPCG(1, 1)))
	assert.Error(t, err)
}

// TestOperationsMayDependOnOneAnother learns two cells in which the second node's operation is the first's: without the
// operations as an input each has a probability of about a quarter, with them of about a half.
func TestOperationsMayDependOnOneAnother(t *testing.T) {
	space, err := searchspace.New("pairs", []searchspace.Part{{Name: "cell", MaxNodes: 2, NodeOps: []string{"x", "y"}}})
	require.NoError(t, err)
	var data []generator.Example
	for _, op := range []string{"x", "y"} {
		cell, err := searchspace.NewDAG("cell", 2, []string{op, op}, []searchspace.Edge{{From: 0, To: 1}})
		require.NoError(t, err)
		data = append(data, generator.Example{Arch: searchspace.NewArch(cell), Weight: 1})
	}
	probability := func(nodeOps bool) float64 {
		rng := rand.New(rand.NewPCG(1, 1))
		g, err := New(space, Config{Form: CausalForm, NodeOps: nodeOps, Layers: 2}, rng)
		require.NoError(t, err)
		_, err = g.Fit(context.Background(), rng, data, generator.FitOptions{Loss: generator.LogLikelihood, Epochs: 300})
		require.NoError(t, err)
		logProbs, err := g.LogProb(context.Background(), []searchspace.Arch{data[0].Arch})
		require.NoError(t, err)
		return logProbs[0]
	}
	assert.InDelta(t, -1.386, probability(false), 0.1) // log ¼
	assert.InDelta(t, -0.693, probability(true), 0.1)  // log ½
}
