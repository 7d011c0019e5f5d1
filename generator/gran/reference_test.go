package gran

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/generator/internal/likelihood"
	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/searchspace"
)

// referenceFile contains random weights, graphs, and the published network's results for them.
type referenceFile struct {
	Hidden, Layers, Mixture int
	AttentionHidden         int `json:"attention_hidden"`
	Weights                 map[string]struct {
		Shape []int
		Data  []float32
	}
	Cases []referenceCase
}

type referenceCase struct {
	Adjacency              [][]int16
	NodeLabels             []int `json:"node_labels"`
	Theta, Alpha, Phi, Psi []float32
	EdgeNLL                float64 `json:"edge_nll"`
	TotalNLL               float64 `json:"total_nll"`
	Loss                   float64
	Gradients              map[string]struct{ Norm, Sum float64 }
}

func readReference(t *testing.T, name string) referenceFile {
	t.Helper()
	dir := os.Getenv("GRAPHPNAS_DATA")
	if dir == "" {
		t.Skip("GRAPHPNAS_DATA names no directory with the reference's figures")
	}
	text, err := os.ReadFile(filepath.Join(dir, "reference", name))
	require.NoError(t, err)
	var f referenceFile
	require.NoError(t, json.Unmarshal(text, &f))
	return f
}

// view is a tensor of the reference within our flat vector: entry (out, in) is at start + in·stride
// + out. A bias has one input.
type view struct{ start, stride, outs, ins int }

// each visits a tensor's entries in the order of the reference, out × in.
func (v view) each(visit func(i int)) {
	for out := range v.outs {
		for in := range v.ins {
			visit(v.start + in*v.stride + out)
		}
	}
}

// referenceViews returns the tensors of the reference by their names there.
func referenceViews(net *network) map[string]view {
	views := map[string]view{}
	// add names columns lo..hi of a layer; weight and bias append the given texts to the name.
	add := func(name, weight, bias string, l nn.Linear, lo, hi int) {
		views[name+weight] = view{l.W + lo, l.Out, hi - lo, l.In}
		views[name+bias] = view{l.B + lo, 0, hi - lo, 1}
	}
	linear := func(name string, l nn.Linear, lo, hi int) { add(name, ".weight", ".bias", l, lo, hi) }
	linear("decoder_input.0", net.input, 0, net.input.Out)
	h := net.hidden
	for i := range net.layers {
		first, message, gate, input, state := net.layers[i].Linears()
		linear(fmt.Sprintf("decoder.msg_func.%d.0", i), first, 0, h)
		linear(fmt.Sprintf("decoder.att_head.%d.0", i), first, h, first.Out)
		linear(fmt.Sprintf("decoder.msg_func.%d.2", i), message, 0, h)
		linear(fmt.Sprintf("decoder.att_head.%d.2", i), gate, 0, h)
		gru := fmt.Sprintf("decoder.update_func.%d.", i)
		add(gru, "weight_ih", "bias_ih", input, 0, 3*h)
		add(gru, "weight_hh", "bias_hh", state, 0, 3*h)
	}
	for i := range net.pairs.second {
		name := "output_" + []string{"theta", "alpha", "psi"}[i]
		linear(name+".0", net.pairs.first, i*h, (i+1)*h)
		linear(name+".2", net.pairs.second[i], 0, h)
		linear(name+".4", net.pairs.third[i], 0, net.pairs.third[i].Out)
	}
	for i := range net.label {
		linear(fmt.Sprintf("output_phi.%d", 2*i), net.label[i], 0, net.label[i].Out)
	}
	return views
}

func TestNetworkGivesTheReferencesFigures(t *testing.T) {
	for name, space := range map[string]searchspace.Space{
		"gran_nb101.json": searchspace.NASBench101{}, "gran_nb201.json": searchspace.NASBench201{},
	} {
		t.Run(name, func(t *testing.T) {
			f := readReference(t, name)
			config := Config{Hidden: f.Hidden, Layers: f.Layers, Attention: f.AttentionHidden, Components: f.Mixture}
			g, err := New(space, config, rand.New(rand.NewPCG(1, 1)))
			require.NoError(t, err)
			net, flat := g.nets[0], g.params[0]
			for name, v := range referenceViews(net) {
				theirs, ok := f.Weights[name]
				require.True(t, ok, name)
				require.Len(t, theirs.Data, v.outs*v.ins, name)
				k := 0
				v.each(func(i int) { flat[i] = theirs.Data[k]; k++ })
			}
			for _, c := range f.Cases {
				checkReferenceCase(t, net, flat, c)
			}
		})
	}
}

func checkReferenceCase(t *testing.T, net *network, flat []float32, c referenceCase) {
	target := &target{content: content{nodes: len(c.Adjacency)}}
	for i, row := range c.Adjacency {
		target.edges = append(target.edges, row[:i]...)
	}
	if net.nodeLabels > 0 {
		target.labels, target.allowedLabels = c.NodeLabels, make([][]int, target.nodes)
	}
	if net.edgeLabels > 0 {
		target.allowedEdges = make([][]int, len(target.edges))
	}
	target.unroll(net, nil)
	var p pass
	z := p.forward(net, flat, &target.steps)
	assert.InDeltaSlice(t, c.Theta, z.theta, 1e-4)
	assert.InDeltaSlice(t, c.Alpha, z.alpha, 1e-4)
	assert.InDeltaSlice(t, c.Phi, z.phi, 1e-4)
	assert.InDeltaSlice(t, c.Psi, z.psi, 1e-4)

	assert.InDelta(t, c.TotalNLL, lossOf(net, target, z, likelihood.Criterion{Temperature: 1}, nil, 0), 1e-4*c.TotalNLL)
	edges := *target
	edges.allowedLabels, edges.allowedEdges = nil, nil
	assert.InDelta(t, c.EdgeNLL, lossOf(net, &edges, z, likelihood.Criterion{Temperature: 1}, nil, 0), 1e-4*c.EdgeNLL)

	d := p.zeroGradient()
	assert.InDelta(t, c.Loss, lossOf(net, target, z, likelihood.Criterion{Paper: true, Temperature: 1}, &d, 1), 1e-4)
	grads := make([]float32, len(flat))
	var w transposes
	net.transpose(flat, &w)
	p.backward(d, &w, nn.Gradients{Flat: grads})
	for name, v := range referenceViews(net) {
		want, ok := c.Gradients[name]
		require.True(t, ok, name)
		var sum, square float64
		v.each(func(i int) {
			sum += float64(grads[i])
			square += float64(grads[i]) * float64(grads[i])
		})
		assert.InDelta(t, want.Norm, math.Sqrt(square), 1e-4*max(1, want.Norm), "norm of the gradient in %s", name)
		assert.InDelta(t, want.Sum, sum, 1e-4*max(1, math.Abs(want.Sum), want.Norm), "sum of the gradient in %s", name)
	}
}

// lossOf returns the loss of a target without the entropy.
func lossOf(net *network, t *target, z logits, c likelihood.Criterion, d *logits, weight float64) float64 {
	loss, _ := net.evaluate(t, z, c, d, weight)
	return loss
}
