package zerocost

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/searchspace"
)

func built(t *testing.T, d network.Design, a searchspace.Arch, in network.Input) *network.Network {
	plan, err := network.NewPlan(network.WithoutNorms(d), a, in)
	require.NoError(t, err)
	net, err := plan.Build(plan.Layout().Init(rand.New(rand.NewPCG(1, 1))), network.Options{Batch: 1})
	require.NoError(t, err)
	return net
}

// TestSynflowOfTwoLinearLayers compares the score with a calculation by hand. Each layer contributes R to the sum.
func TestSynflowOfTwoLinearLayers(t *testing.T) {
	design := network.DesignFunc(func(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
		return b.Linear("second", b.BatchNorm("norm", b.Linear("first", b.Images(), 3)), b.Classes()), nil
	})
	net := built(t, design, searchspace.Arch{}, network.Input{Channels: 2, Height: 1, Width: 1, Classes: 2})
	weights := net.Weights()
	copy(weights.Of("first.weight"), []float32{1, -2, 3, -0.5, 0, 4}) // inputs × outputs
	copy(weights.Of("second.weight"), []float32{1, -1, 0.25, -3, 2, 0.5})
	copy(weights.Of("first.bias"), []float32{100, -100, 100}) // biases do not count
	const r = (1+0.5)*(1+1) + (2+0)*(0.25+3) + (3+4)*(2+0.5)
	linearize(weights)
	grad, err := net.GradientOf([]float32{1, 1}, func(_, dlogits []float32) { fill(dlogits, 1) })
	require.NoError(t, err)
	gradients := &network.Weights{Layout: weights.Layout, Params: grad}
	for _, name := range []string{"first.weight", "second.weight"} {
		share := 0.0
		for i, w := range weights.Of(name) {
			share += float64(w * gradients.Of(name)[i])
		}
		assert.InDelta(t, r, share, 1e-4, name)
	}
	score, err := synflow(net)
	require.NoError(t, err)
	assert.InDelta(t, math.Log(2*r), score, 1e-6)
}

// TestSynflowIsTheSlopeAlongTheWeights checks that Σ θ · ∂R/∂θ is the derivative of R when all weights are scaled by the same factor.
func TestSynflowIsTheSlopeAlongTheWeights(t *testing.T) {
	const cell = "|nor_conv_3x3~0|+|avg_pool_3x3~0|nor_conv_1x1~1|+|skip_connect~0|nor_conv_3x3~1|avg_pool_3x3~2|"
	a, err := searchspace.NASBench201{}.Parse(cell)
	require.NoError(t, err)
	net := built(t, network.NASBench201{Channels: 4, Cells: 1}, a, network.Input{Channels: 3, Height: 9, Width: 8, Classes: 5})
	linearize(net.Weights())
	image := make([]float32, 3*9*8)
	fill(image, 1)
	r := func(factor float32) (sum float64) {
		params := net.Weights().Params
		for i := range params {
			params[i] *= factor
		}
		logits, err := net.Forward(image, network.Evaluate)
		require.NoError(t, err)
		for _, v := range logits {
			sum += float64(v)
		}
		for i := range params {
			params[i] /= factor
		}
		return sum
	}
	const step = 1.0 / 64
	slope := (r(1+step) - r(1-step)) / (2 * step)
	score, err := synflow(net)
	require.NoError(t, err)
	assert.InDelta(t, math.Log(slope), score, 0.02)
}

// TestSynflowOfDeepNetworks uses layers of four inputs and four outputs whose weights are all 4, so that each layer multiplies the
// values by 16. With skip connections around all layers, no balancing keeps the values within float32.
func TestSynflowOfDeepNetworks(t *testing.T) {
	in := network.Input{Channels: 4, Height: 1, Width: 1, Classes: 4}
	score := func(layers int, skip bool) (*network.Network, float64, error) {
		design := network.DesignFunc(func(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
			x := b.Conv("stem", b.Images(), 4, network.Kernel{Size: 1})
			for i := range layers - 1 {
				y := b.ReLU(b.Conv(fmt.Sprint(i), x, 4, network.Kernel{Size: 1}))
				if skip {
					y = b.Sum(x, y)
				}
				x = y
			}
			return x, nil
		})
		net := built(t, design, searchspace.Arch{}, in)
		fill(net.Weights().Params, -4)
		score, err := synflow(net)
		return net, score, err
	}
	for _, layers := range []int{1, 10, 100, 1000} {
		_, s, err := score(layers, false)
		require.NoError(t, err)
		assert.InDelta(t, math.Log(float64(4*layers))+float64(4*layers)*math.Ln2, s, 1e-9, "%d layers", layers)
	}
	// Each layer multiplies by 17; 16/17 of the result comes from its weights.
	_, s, err := score(40, true)
	require.NoError(t, err)
	assert.InDelta(t, math.Log(4*16*(1+39*16.0/17))+39*math.Log(17), s, 1e-5)
	for _, layers := range []int{100, 1000} {
		net, _, err := score(layers, true)
		require.ErrorIs(t, err, evaluator.ErrNotFinite, "%d layers", layers)
		assert.ErrorContains(t, err, net.Plan().Arch())
	}
}
