package gran

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/generator/internal/likelihood"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/searchspace"
)

// denseGraphs has enough edges that their messages take several blocks.
func denseGraphs(t require.TestingT, nodes int) *searchspace.Sequential {
	return modeltest.Space(t, nil, searchspace.Part{
		Name: "graph", MaxNodes: nodes, NodeOps: []string{"a", "b"}, EdgeOps: []string{"none", "x", "y"},
	})
}

// TestSettledMessagesAreComputedOnce compares a network whose first layer computes the messages
// between existing nodes once with one that computes them in every step.
func TestSettledMessagesAreComputedOnce(t *testing.T) {
	for _, nodes := range []int{1, 2, 5, 18} {
		m := newModel(t, denseGraphs(t, nodes), Config{Layers: 2, Hidden: 40}, 1)
		net, flat := m.nets[0], m.params[0]
		for _, a := range modeltest.Sample(t, m, 2, 2) {
			targets, err := m.compile(a)
			require.NoError(t, err)
			once := &targets[0]
			again := *once
			again.steps.first = nn.Graph{}
			if nodes > 2 {
				require.Less(t, edgesOf(once.steps.messages(0)), edgesOf(again.steps.messages(0)))
			}
			logits, gradient := results(net, flat, once)
			wantLogits, wantGradient := results(net, flat, &again)
			assert.Equal(t, wantLogits, logits)
			assert.InDeltaSlice(t, wantGradient, gradient, 1e-4)
			var p pass
			assert.Equal(t, wantLogits, p.infer(net, flat, &once.steps))
		}
	}
}

func edgesOf(g *nn.Graph) int {
	if g.Settled == nil {
		return len(g.From)
	}
	return len(g.From) + len(g.Settled.From)
}

// results returns the logits of a target and the gradient of its loss.
func results(net *network, flat []float32, t *target) (logits, []float32) {
	var p pass
	var w transposes
	net.transpose(flat, &w)
	z := p.forward(net, flat, &t.steps)
	d, gradient := p.zeroGradient(), make([]float32, len(flat))
	net.evaluate(t, z, likelihood.Criterion{Temperature: 1}, &d, 0.1)
	p.backward(d, &w, nn.Gradients{Flat: gradient})
	return z, gradient
}

// TestDraftsCarryTheirSums checks that drafts which share and branch off have the probabilities of
// whole passes. Each step of a draft uses the sums of its earlier steps.
func TestDraftsCarryTheirSums(t *testing.T) {
	nodes := 14
	if race.Enabled {
		nodes = 7
	}
	m := newModel(t, denseGraphs(t, nodes), Config{Layers: 2, Attention: 16}, 1)
	best, err := m.MostProbable(t.Context(), 6, 6)
	require.NoError(t, err)
	for _, b := range best {
		assert.InDelta(t, modeltest.LogProbs(t, m, b.Arch)[0], b.LogProb, 1e-4)
	}
	drafts := make([]*draft, 6)
	for i := range drafts {
		drafts[i] = newDraft(m.space)
	}
	rng := modeltest.Rand(2)
	require.NoError(t, m.eachNode(t.Context(), func() []*draft { return drafts }, m.predict,
		func(part, node int, active []*draft) error { return m.decide(part, node, active, rng) }))
	for _, d := range drafts {
		a, err := d.Builder.Arch()
		require.NoError(t, err)
		assert.InDelta(t, modeltest.LogProbs(t, m, a)[0], d.LogProb, 1e-4)
	}
}

// TestTrainingKeepsFewValues checks that a training step keeps little more than some values for each
// node and layer, the hidden layers of the pair heads and, in the paper's form, the messages and
// gates of each layer, and that its memory does not grow with the number of graphs.
func TestTrainingKeepsFewValues(t *testing.T) {
	const hidden, layers = 32, 7
	const blocks = 3 << 15 // values of the blocks that pairs are processed in
	for form, nodes := range map[Form]int{PaperForm: 20, CausalForm: 100} {
		space := modeltest.Space(t, nil, searchspace.Part{Name: "graph", MaxNodes: nodes})
		m := newModel(t, space, Config{Form: form, Hidden: hidden, Layers: layers, Attention: hidden}, 1)
		var p pass
		var w transposes
		m.nets[0].transpose(m.params[0], &w)
		gradient := make([]float32, len(m.params[0]))
		most, kept := 0, 0
		for i, a := range modeltest.Sample(t, m, 2, 8) {
			targets, err := m.compile(a)
			require.NoError(t, err)
			p.forward(m.nets[0], m.params[0], &targets[0].steps)
			p.backward(p.zeroGradient(), &w, nn.Gradients{Flat: gradient})
			u := &targets[0].steps
			rows := 20*layers*u.graph.Nodes + 4*len(u.pairFrom)
			if form == PaperForm {
				rows += 2 * layers * len(u.graph.From)
			}
			kept = max(kept, hidden*rows)
			if i == 0 {
				most = p.arena.Len()
			}
		}
		assert.Less(t, p.arena.Len(), 3*kept/2+blocks, "%s form: the first graph took %d", formName(form), most)
		assert.Less(t, p.arena.Len(), most*3/2, "%s form", formName(form))
	}
}
