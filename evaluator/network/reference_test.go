package network_test

import (
	"encoding/json"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/searchspace"
)

// spread returns n values in [−1, 1), from a hash of the name and the index, with the formula of testdata/reference.py.
func spread(name string, n int) []float64 {
	seed, values := crc32.ChecksumIEEE([]byte(name)), make([]float64, n)
	for i := range values {
		h := seed ^ uint32(i)*0x9E3779B1
		h ^= h >> 16
		h *= 0x85EBCA6B
		h ^= h >> 13
		h *= 0xC2B2AE35
		h ^= h >> 16
		values[i] = float64(h)/(1<<31) - 1
	}
	return values
}

// inOurOrder converts the values of a parameter from PyTorch's order (output channels × input channels × height × width) to that of
// this package.
func inOurOrder(p network.Parameter, theirs []float64) []float64 {
	ours := make([]float64, len(theirs))
	for i := range ours {
		at := i
		switch s := p.Shape; len(s) {
		case 2:
			at = i%s[1]*s[0] + i/s[1]
		case 3:
			at = i%s[2]*s[0]*s[1] + i/s[2]
		case 4:
			tap, in, out := i/(s[2]*s[3]), i/s[3]%s[2], i%s[3]
			at = (out*s[2]+in)*s[0]*s[1] + tap
		}
		ours[i] = theirs[at]
	}
	return ours
}

// referenceValues returns the values that testdata/reference.py assigns to a parameter.
func referenceValues(p network.Parameter, isNorm bool) []float64 {
	scale, around := 1.0, 0.0
	switch s := p.Shape; {
	case strings.HasSuffix(p.Name, ".running_mean"):
		scale = 0.2
	case strings.HasSuffix(p.Name, ".running_var"):
		scale, around = 0.5, 1
	case isNorm && strings.HasSuffix(p.Name, ".weight"):
		scale, around = 0.3, 1
	case isNorm:
		scale = 0.2
	case len(s) == 4:
		scale = math.Sqrt(3 / float64(s[0]*s[1]*s[2]))
	case len(s) == 3:
		scale = math.Sqrt(3 / float64(s[0]*s[1]))
	case len(s) == 2:
		scale = 1 / math.Sqrt(float64(s[0]))
	}
	values := inOurOrder(p, spread(p.Name, int(p.Size())))
	for i := range values {
		values[i] = around + scale*values[i]
	}
	return values
}

// referenceNetwork returns a network with the parameters of testdata/reference.py.
func referenceNetwork(t *testing.T, s sample, in network.Input) *network.Network {
	p := plan(t, s.design, s.arch, in)
	w := p.Layout().Init(rand.New(rand.NewPCG(1, 1)))
	norms := map[string]bool{}
	for _, param := range p.Layout().Statistics() {
		norms[strings.TrimSuffix(param.Name, ".running_mean")] = true
	}
	set := func(param network.Parameter, values []float64) {
		for i, v := range values {
			w.Of(param.Name)[i] = float32(v)
		}
	}
	for _, param := range p.Layout().Parameters() {
		layer := strings.TrimSuffix(strings.TrimSuffix(param.Name, ".weight"), ".bias")
		values := referenceValues(param, norms[layer])
		if inputs := w.Of(layer + ".weight"); !norms[layer] && strings.HasSuffix(param.Name, ".bias") { // the bias of a linear layer
			for i := range values {
				values[i] /= math.Sqrt(float64(len(inputs) / len(values)))
			}
		}
		set(param, values)
	}
	for _, param := range p.Layout().Statistics() {
		set(param, referenceValues(param, true))
	}
	n, err := p.Build(w, network.Options{})
	require.NoError(t, err)
	return n
}

// TestSameAsPyTorch compares logits, loss and gradients of a network of each space with those of PyTorch for the same weights.
func TestSameAsPyTorch(t *testing.T) {
	text, err := os.ReadFile("testdata/reference.json")
	require.NoError(t, err)
	var reference map[string]struct {
		Train, Evaluate [][]float64
		Loss            float64
		Gradients       map[string]float64
	}
	require.NoError(t, json.Unmarshal(text, &reference))
	small := spaces(t)
	samples := map[string]sample{
		"nasbench201": {network.NASBench201{Channels: 3, Cells: 1}, parse(t, searchspace.NASBench201{}, cells[0])},
		"nasbench101": {network.NASBench101{Channels: 5, Cells: 1}, nb101Cells(t)[0]},
		"enas":        small[0], "enas shared": small[1], "randwire": small[2], "darts": small[3],
	}
	require.Len(t, reference, len(samples))
	in := network.Input{Channels: 3, Height: 16, Width: 8, Classes: 5}
	batch := network.Batch{Labels: []int{0, 1, 2, 3, 4, 0, 1, 2}}
	for _, v := range spread("images", len(batch.Labels)*3*16*8) {
		batch.Images = append(batch.Images, float32(v))
	}
	for name, s := range samples {
		t.Run(name, func(t *testing.T) {
			want, n := reference[name], referenceNetwork(t, s, in)
			compare := func(rows [][]float64, mode network.Mode) {
				logits, err := n.Forward(batch.Images, mode)
				require.NoError(t, err)
				for i, row := range rows {
					for j, v := range row {
						require.InDelta(t, v, logits[i*in.Classes+j], 1e-4, "image %d, class %d", i, j)
					}
				}
			}
			compare(want.Evaluate, network.Evaluate)
			compare(want.Train, network.Trial)
			report, err := n.Gradient(batch, 0.1)
			require.NoError(t, err)
			assert.InDelta(t, want.Loss, report.Loss, 1e-4)
			value, err := n.Learned()[0].Grad()
			require.NoError(t, err)
			grad, offset := value.Data().([]float32), 0
			require.Len(t, want.Gradients, len(n.Plan().Layout().Parameters()))
			for _, p := range n.Plan().Layout().Parameters() {
				require.Contains(t, want.Gradients, p.Name)
				sum := 0.0
				for _, d := range inOurOrder(p, spread("direction of "+p.Name, int(p.Size()))) {
					sum += d * float64(grad[offset])
					offset++
				}
				require.InDelta(t, want.Gradients[p.Name], sum, 1e-4*(1+math.Abs(sum)), p.Name)
			}
		})
	}
}
