package network_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/internal/train"
	"github.com/graphpnas/graphpnas/searchspace"
)

var tiny = network.Input{Channels: 3, Height: 9, Width: 8, Classes: 4}

// everything is a design that uses all operations.
func everything(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
	x := b.BatchNorm("stem.norm", b.Conv("stem", b.Images(), 6, network.Kernel{Size: 3}))
	y := b.ReLU(b.BatchNorm("strided.norm", b.Conv("strided", x, 8, network.Kernel{Size: 3, Stride: 2})))
	z := b.BatchNorm("depthwise.norm", b.Depthwise("depthwise", b.ReLU(x), network.Kernel{Size: 5, Stride: 2}))
	z = b.Concat(z, b.Conv("shifted", b.Subsample(x, 2, 1), 2, network.Kernel{Size: 1}))
	y = b.WeightedSum("weighted", y, z, b.AvgPool(b.Concat(x, b.First(x, 2)), 3, 2))
	y = b.Sum(y, b.MaxPool(y, 3, 1), b.Zero(y), b.Depthwise("dilated", b.ReLU(y), network.Kernel{Size: 3, Dilation: 2}))
	y = b.Average(b.MaxPool(y, 2, 2), b.AvgPool(y, 2, 2), b.Conv("pointwise", y, 8, network.Kernel{Size: 1, Stride: 2}))
	return b.Linear("head", b.GlobalAvgPool(b.ReLU(y)), b.Classes()), nil
}

// batchOf returns a random batch of n images.
func batchOf(rng *rand.Rand, in network.Input, n int) network.Batch {
	b := network.Batch{Images: make([]float32, n*in.Channels*in.Height*in.Width), Labels: make([]int, n)}
	for i := range b.Images {
		b.Images[i] = float32(rng.NormFloat64())
	}
	for i := range b.Labels {
		b.Labels[i] = rng.IntN(in.Classes)
	}
	return b
}

func build(t require.TestingT, p *network.Plan, o network.Options) *network.Network {
	n, err := p.Build(p.Layout().Init(rand.New(rand.NewPCG(1, 1))), o)
	require.NoError(t, err)
	return n
}

// requireGradient compares the gradient of each parameter with finite differences of the loss,
// along the gradient itself and along a random direction.
func requireGradient(t *testing.T, p *network.Plan, smoothing float64) {
	rng := rand.New(rand.NewPCG(2, 2))
	n := build(t, p, network.Options{})
	params := n.Weights().Params
	for i := range params { // moves away from the initial values, for which all normalizations are the identity
		params[i] += float32(0.1 * rng.NormFloat64())
	}
	batch := batchOf(rng, p.Input(), 11)
	_, err := n.Gradient(batch, smoothing)
	require.NoError(t, err)
	value, err := n.Learned()[0].Grad()
	require.NoError(t, err)
	grad := slices.Clone(value.Data().([]float32))
	loss := func() float64 {
		r, err := n.Gradient(batch, smoothing)
		require.NoError(t, err)
		return r.Loss
	}
	offset := 0
	for _, param := range p.Layout().Parameters() {
		size := int(param.Size())
		steepest := 0.0
		for _, g := range grad[offset : offset+size] {
			steepest = math.Hypot(steepest, float64(g))
		}
		for _, random := range []bool{false, true} {
			direction, norm := slices.Clone(grad[offset:offset+size]), 0.0
			for i := range direction {
				if random {
					direction[i] = float32(rng.NormFloat64())
				}
				norm = math.Hypot(norm, float64(direction[i]))
			}
			if norm < 1e-6 {
				continue
			}
			want := 0.0
			for i := range direction {
				direction[i] /= float32(norm)
				want += float64(direction[i]) * float64(grad[offset+i])
			}
			here, start := loss(), slices.Clone(params)
			moved := func(step float64) float64 {
				for i, d := range direction {
					params[offset+i] = start[offset+i] + float32(step)*d
				}
				defer copy(params, start)
				return loss()
			}
			nearest := math.Inf(1)
			for _, step := range []float64{1e-2, 2e-3, 5e-4} { // a long step may cross kinks; a short one is dominated by rounding
				up, down := moved(step), moved(-step)
				for _, slope := range []float64{(up - down) / (2 * step), (up - here) / step, (here - down) / step} {
					nearest = min(nearest, math.Abs(slope-want))
				}
			}
			require.Less(t, nearest, 0.02*steepest+1e-3, "%s, random %v: slope is not %v", param.Name, random, want)
		}
		offset += size
	}
	require.Equal(t, len(params), offset)
}

// cells are cells of NAS-Bench-201: one with every operation, one with none, and one with unused layers.
var cells = []string{
	"|nor_conv_3x3~0|+|avg_pool_3x3~0|nor_conv_1x1~1|+|skip_connect~0|nor_conv_3x3~1|avg_pool_3x3~2|",
	"|none~0|+|none~0|none~1|+|none~0|none~1|none~2|",
	"|nor_conv_3x3~0|+|nor_conv_1x1~0|none~1|+|skip_connect~0|none~1|none~2|",
	"|skip_connect~0|+|skip_connect~0|skip_connect~1|+|skip_connect~0|skip_connect~1|skip_connect~2|",
}

// nb101Cells returns cells of NAS-Bench-101: one with truncated channels, and the smallest one.
func nb101Cells(t require.TestingT) []searchspace.Arch {
	cell := func(ops []string, edges ...searchspace.Edge) searchspace.Arch {
		g, err := searchspace.NewDAG("cell", len(ops), ops, edges)
		require.NoError(t, err)
		return searchspace.NewArch(g)
	}
	return []searchspace.Arch{
		cell([]string{"input", "conv3x3-bn-relu", "maxpool3x3", "conv1x1-bn-relu", "output"}, searchspace.Edge{From: 0, To: 1},
			searchspace.Edge{From: 1, To: 2}, searchspace.Edge{From: 1, To: 3}, searchspace.Edge{From: 2, To: 4},
			searchspace.Edge{From: 3, To: 4}, searchspace.Edge{From: 0, To: 4}),
		cell([]string{"input", "output"}, searchspace.Edge{From: 0, To: 1}),
	}
}

// sample is an architecture with its design.
type sample struct {
	design network.Design
	arch   searchspace.Arch
}

// spaces returns small architectures of ENAS's macro space, RandWire and DARTS.
func spaces(t require.TestingT) []sample {
	macro, err := searchspace.NewENASMacro(6)
	require.NoError(t, err)
	layers := parse(t, macro, "0  3 1  5 0 1  1 1 0 0  2 0 1 0 1  4 1 0 0 1 0")
	stage := func(name string, edges ...searchspace.Edge) searchspace.DAG {
		g, err := searchspace.NewDAG(name, 5, nil, edges)
		require.NoError(t, err)
		return g
	}
	wired := searchspace.NewArch(
		stage("stage1", searchspace.Edge{From: 0, To: 1}, searchspace.Edge{From: 0, To: 3}, searchspace.Edge{From: 1, To: 3}, searchspace.Edge{From: 2, To: 3}),
		stage("stage2", searchspace.Edge{From: 0, To: 4}, searchspace.Edge{From: 1, To: 4}, searchspace.Edge{From: 2, To: 4}, searchspace.Edge{From: 3, To: 4}),
	)
	two, err := searchspace.NewDARTS(2)
	require.NoError(t, err)
	cells := parse(t, two, `Genotype(normal=[('sep_conv_3x3', 0), ('skip_connect', 1), ('dil_conv_5x5', 0), ('avg_pool_3x3', 2)],
		normal_concat=[2, 3], reduce=[('max_pool_3x3', 0), ('skip_connect', 1), ('dil_conv_3x3', 1), ('sep_conv_5x5', 2)], reduce_concat=[2, 3])`)
	return []sample{
		{network.ENASMacro{Channels: 4}, layers},
		{network.ENASMacro{Channels: 4, Shared: true}, layers},
		{network.RandWire{Channels: 6, Head: 8, Halvings: 3}, wired},
		{network.DARTS{Channels: 4, Cells: 4}, cells},
	}
}

func TestGradients(t *testing.T) {
	if race.Enabled {
		t.Skip("too slow under the race detector; other tests cover the same code")
	}
	for name, p := range map[string]*network.Plan{
		"everything": plan(t, network.DesignFunc(everything), searchspace.Arch{}, tiny),
	} {
		t.Run(name, func(t *testing.T) { requireGradient(t, p, 0.1) })
	}
	for i, s := range spaces(t) {
		t.Run(fmt.Sprint(s.arch, i), func(t *testing.T) { requireGradient(t, plan(t, s.design, s.arch, tiny), 0) })
	}
	for i, cell := range cells {
		a := parse(t, searchspace.NASBench201{}, cell)
		t.Run(fmt.Sprint("nasbench201 ", i), func(t *testing.T) {
			requireGradient(t, plan(t, network.NASBench201{Channels: 3, Cells: 1}, a, tiny), 0)
		})
	}
	for i, a := range nb101Cells(t) {
		t.Run(fmt.Sprint("nasbench101 ", i), func(t *testing.T) {
			requireGradient(t, plan(t, network.NASBench101{Channels: 5, Cells: 1}, a, tiny), 0)
		})
	}
}

// TestLossInAGorgoniaGraph checks that Loss as one operation of a graph has the same gradient as Gradient.
func TestLossInAGorgoniaGraph(t *testing.T) {
	n := build(t, plan(t, network.DesignFunc(everything), searchspace.Arch{}, tiny), network.Options{})
	batch := batchOf(rand.New(rand.NewPCG(1, 2)), tiny, 5)
	want, err := n.Gradient(batch, 0)
	require.NoError(t, err)
	value, err := n.Learned()[0].Grad()
	require.NoError(t, err)
	before := slices.Clone(n.Weights().Params)

	loss := &network.Loss{Network: n, Batch: batch}
	program, err := train.NewProgram(loss, n.Weights().Params)
	require.NoError(t, err)
	require.NoError(t, program.Run())
	assert.Equal(t, want, loss.Report)
	program.Adam.LearningRate = 1e-3
	program.Step()
	moved := 0
	for i, g := range value.Data().([]float32) { // Adam's first step follows the sign of the gradient
		if math.Abs(float64(g)) > 1e-5 {
			moved++
			assert.InDelta(t, float64(before[i])-math.Copysign(1e-3, float64(g)), n.Weights().Params[i], 1e-5)
		}
	}
	assert.Greater(t, moved, len(before)/2)
}

// TestSameBitsOnAnyNumberOfProcessors checks that a few training steps give identical results on one and on several processors.
func TestSameBitsOnAnyNumberOfProcessors(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	p := plan(t, network.DesignFunc(everything), searchspace.Arch{}, tiny)
	var results []*network.Weights
	for _, processors := range []int{1, 2, 5} {
		runtime.GOMAXPROCS(processors)
		n := build(t, p, network.Options{})
		rng := rand.New(rand.NewPCG(3, 3))
		for range 3 {
			_, err := n.Gradient(batchOf(rng, tiny, 13), 0.1)
			require.NoError(t, err)
			descend(t, n, 0.1)
		}
		results = append(results, n.Weights())
	}
	assert.Equal(t, results[0].Params, results[1].Params)
	assert.Equal(t, results[0].Params, results[2].Params)
	assert.Equal(t, results[0].Statistics, results[2].Statistics)
}

// descend takes a step of gradient descent.
func descend(t require.TestingT, n *network.Network, rate float32) {
	value, err := n.Learned()[0].Grad()
	require.NoError(t, err)
	for i, g := range value.Data().([]float32) {
		n.Weights().Params[i] -= rate * g
	}
}
