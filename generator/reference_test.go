package generator

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// referenceFile holds random weights, graphs, and what the published network makes of them.
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

// ourNames translates the names of our parameters into the reference's.
var ourNames = []struct {
	ours   *regexp.Regexp
	theirs string
}{
	{regexp.MustCompile(`^input\.(\w+)$`), "decoder_input.0.$1"},
	{regexp.MustCompile(`^layers\.(\d+)\.message\.(\d)\.(\w+)$`), "decoder.msg_func.$1.$2.$3"},
	{regexp.MustCompile(`^layers\.(\d+)\.attention\.(\d)\.(\w+)$`), "decoder.att_head.$1.$2.$3"},
	{regexp.MustCompile(`^layers\.(\d+)\.gru\.(weight|bias)_(\w+)$`), "decoder.update_func.$1.${2}_$3"},
	{regexp.MustCompile(`^(theta|alpha|phi|psi)\.(\d)\.(\w+)$`), "output_$1.$2.$3"},
}

func theirName(t *testing.T, p nn.Param) string {
	t.Helper()
	for _, n := range ourNames {
		if n.ours.MatchString(p.Name) {
			return n.ours.ReplaceAllString(p.Name, n.theirs)
		}
	}
	t.Fatalf("parameter %s has no name in the reference", p.Name)
	return ""
}

func TestNetworkGivesTheReferencesFigures(t *testing.T) {
	for name, space := range map[string]searchspace.Space{
		"gran_nb101.json": searchspace.NASBench101{}, "gran_nb201.json": searchspace.NASBench201{},
	} {
		t.Run(name, func(t *testing.T) {
			f := readReference(t, name)
			config := Config{Hidden: f.Hidden, Layers: f.Layers, Attention: f.AttentionHidden, Components: f.Mixture}
			g, err := NewGRAN(space, config, rand.New(rand.NewPCG(1, 1)))
			require.NoError(t, err)
			net, flat := g.nets[0], g.params[0]
			for _, p := range net.layout.Params {
				theirs, ok := f.Weights[theirName(t, p)]
				require.True(t, ok, p.Name)
				require.Equal(t, p.Shape(), theirs.Shape, p.Name)
				copy(p.In(flat), theirs.Data)
			}
			for _, c := range f.Cases {
				checkReferenceCase(t, net, flat, c)
			}
		})
	}
}

func checkReferenceCase(t *testing.T, net *network, flat []float32, c referenceCase) {
	target := &target{nodes: len(c.Adjacency)}
	for i, row := range c.Adjacency {
		target.edges = append(target.edges, row[:i]...)
	}
	if net.nodeLabels > 0 {
		target.labels, target.allowedLabels = c.NodeLabels, make([][]int, target.nodes)
	}
	if net.edgeLabels > 0 {
		target.allowedEdges = make([][]int, len(target.edges))
	}
	target.unroll(net)
	arena := &nn.Arena{}
	w := net.prepare(flat, arena)
	p := net.forward(&target.steps, w, arena)
	assert.InDeltaSlice(t, c.Theta, p.logits.theta, 1e-4)
	assert.InDeltaSlice(t, c.Alpha, p.logits.alpha, 1e-4)
	assert.InDeltaSlice(t, c.Phi, p.logits.phi, 1e-4)
	assert.InDeltaSlice(t, c.Psi, p.logits.psi, 1e-4)

	assert.InDelta(t, c.TotalNLL, net.likelihood(target, p.logits, objective{temperature: 1}, nil, 0), 1e-4*c.TotalNLL)
	edges := *target
	edges.labels, edges.allowedEdges = nil, nil
	assert.InDelta(t, c.EdgeNLL, net.likelihood(&edges, p.logits, objective{temperature: 1}, nil, 0), 1e-4*c.EdgeNLL)

	d := p.zeroGradient()
	assert.InDelta(t, c.Loss, net.likelihood(target, p.logits, objective{paper: true, temperature: 1}, &d, 1), 1e-4)
	grads := make([]float32, len(flat))
	p.backward(d, grads)
	for _, param := range net.layout.Params {
		want, ok := c.Gradients[theirName(t, param)]
		require.True(t, ok, param.Name)
		var sum, square float64
		for _, v := range param.In(grads) {
			sum += float64(v)
			square += float64(v) * float64(v)
		}
		assert.InDelta(t, want.Norm, math.Sqrt(square), 1e-4*max(1, want.Norm), "norm of the gradient in %s", param.Name)
		assert.InDelta(t, want.Sum, sum, 1e-4*max(1, math.Abs(want.Sum), want.Norm), "sum of the gradient in %s", param.Name)
	}
}
