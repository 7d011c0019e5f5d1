package network_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/network/internal/draw"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/gnn"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestTooLargeNetworksAreRejectedBeforeAllocation(t *testing.T) {
	a := parse(t, searchspace.NASBench201{}, cells[0])
	for _, channels := range []int{4_000, 100_000} { // a terabyte of values, and layers that exceed the limit on their own
		p, err := network.NewPlan(network.NASBench201{Channels: channels}, a, network.Input{Channels: 3, Height: 32, Width: 32, Classes: 10})
		if err == nil {
			assert.Greater(t, p.Params(), int64(1e9))
			err = p.CheckMemory(64, 2<<30)
			require.ErrorIs(t, err, network.ErrTooLarge)
			_, err = p.Build(&network.Weights{}, network.Options{})
		}
		require.ErrorIs(t, err, network.ErrTooLarge)
		assert.ErrorContains(t, err, a.String())
	}
	p := plan(t, network.NASBench201{Channels: 4, Cells: 1}, a, tiny)
	_, err := p.Build(p.Layout().Init(rand.New(rand.NewPCG(1, 1))), network.Options{MemoryLimit: 1 << 10})
	assert.ErrorIs(t, err, network.ErrTooLarge)
}

// TestCountsDoNotOverflow checks that huge networks are rejected even if a count would overflow 64 bits.
func TestCountsDoNotOverflow(t *testing.T) {
	a := searchspace.Arch{}
	head := classified(func(_ *network.Builder, x network.Value) network.Value { return x })
	for _, in := range []network.Input{
		{Channels: math.MaxInt / 2, Height: 1 << 16, Width: 1 << 16, Classes: 2}, {Channels: 1, Height: 1 << 14, Width: 1 << 14, Classes: 2},
		{Channels: 1, Height: 1, Width: 1, Classes: math.MaxInt / 2},
	} {
		_, err := network.NewPlan(head, a, in)
		require.ErrorIs(t, err, network.ErrTooLarge, "%+v", in)
	}
	single := network.Input{Channels: 1, Height: 1, Width: 1, Classes: 2}
	for name, layers := range map[string]func(b *network.Builder, x network.Value) network.Value{
		"one layer": func(b *network.Builder, x network.Value) network.Value {
			return b.Conv("wide", b.Linear("many", x, 1<<20), 1<<27, network.Kernel{Size: 15})
		},
		"together": func(b *network.Builder, x network.Value) network.Value {
			x = b.Linear("many", x, 1<<17)
			for i := range 100 { // 2^34 each
				x = b.In("%d", i).Conv("wide", x, 1<<17, network.Kernel{Size: 1})
			}
			return x
		},
	} {
		_, err := network.NewPlan(classified(layers), a, single)
		require.ErrorIs(t, err, network.ErrTooLarge, name)
		assert.ErrorContains(t, err, "parameters", name)
	}
}

func TestRefusals(t *testing.T) {
	a := parse(t, searchspace.NASBench201{}, cells[0])
	_, err := network.NewPlan(network.NASBench101{}, a, tiny)
	require.ErrorIs(t, err, searchspace.ErrInvalid)
	assert.ErrorContains(t, err, a.String())
	_, err = network.NewPlan(network.NASBench201{}, a, network.Input{Channels: 3, Classes: 2})
	assert.ErrorIs(t, err, network.ErrShape)
	assert.ErrorContains(t, err, a.String())

	p := plan(t, network.NASBench201{Channels: 2, Cells: 1}, a, tiny)
	_, err = p.Build(&network.Weights{Params: make([]float32, 3)}, network.Options{})
	assert.ErrorIs(t, err, network.ErrShape)
	_, err = p.Build(p.Layout().Init(rand.New(rand.NewPCG(1, 1))), network.Options{Batch: -1})
	assert.ErrorIs(t, err, network.ErrShape)

	n := build(t, p, network.Options{Batch: 4})
	image, before := make([]float32, 3*9*8), slices.Clone(n.Weights().Statistics)
	for _, b := range []network.Batch{
		{Images: image, Labels: []int{4}}, {Images: image, Labels: []int{-1}}, {Images: image[1:], Labels: []int{0}},
		{Images: image, Labels: []int{0, 1}}, {}, {Images: slices.Repeat(image, 5), Labels: make([]int, 5)},
	} {
		_, err = n.Gradient(b, 0)
		require.ErrorIs(t, err, network.ErrShape)
		assert.ErrorContains(t, err, a.String())
		_, err = n.Measure(b, network.Train)
		assert.True(t, err != nil || len(b.Images) == 0)
	}
	for _, smoothing := range []float64{-3, math.Nextafter(0, -1), math.Nextafter(1, 2), 7, math.NaN(), math.Inf(1)} {
		_, err = n.Gradient(network.Batch{Images: image, Labels: []int{0}}, smoothing)
		assert.ErrorContains(t, err, "smoothing must be from 0 to 1")
	}
	assert.Equal(t, before, n.Weights().Statistics)
	_, err = n.Measure(network.Batch{Images: image, Labels: []int{4}}, network.Evaluate)
	assert.ErrorIs(t, err, network.ErrShape)
	_, err = n.Forward(image[1:], network.Evaluate)
	assert.ErrorIs(t, err, network.ErrShape)
	loss := &network.Loss{Network: n, Batch: network.Batch{Images: image, Labels: []int{0}}}
	assert.Error(t, loss.Backward([][]float32{n.Weights().Params}, nil, nil, []float32{1}))
	assert.ErrorIs(t, loss.Forward([]float32{0}, [][]float32{{1, 2}}), network.ErrShape)
	_, err = gnn.Apply(loss)
	assert.ErrorIs(t, err, network.ErrShape)
}

// TestBuilderKeepsTheFirstError checks that a design need not check for errors between its calls.
func TestBuilderKeepsTheFirstError(t *testing.T) {
	for what, draw := range map[string]func(b *network.Builder, x network.Value) network.Value{
		"convolution": func(b *network.Builder, x network.Value) network.Value {
			return b.Conv("c", x, 0, network.Kernel{Size: 3})
		},
		"kernel": func(b *network.Builder, x network.Value) network.Value {
			return b.Depthwise("c", x, network.Kernel{Size: 2})
		},
		"at least 1 output":                  func(b *network.Builder, x network.Value) network.Value { return b.Linear("l", b.GlobalAvgPool(x), 0) },
		"linear layer":                       func(b *network.Builder, x network.Value) network.Value { return b.Linear("l", x, 2) },
		"pooling":                            func(b *network.Builder, x network.Value) network.Value { return b.AvgPool(x, 0, 1) },
		"with stride":                        func(b *network.Builder, x network.Value) network.Value { return b.Subsample(x, 2, 2) },
		"a sum":                              func(b *network.Builder, x network.Value) network.Value { return b.Sum(x, b.First(x, 1)) },
		"a sum must":                         func(b *network.Builder, x network.Value) network.Value { return b.WeightedSum("w") },
		"concatenation":                      func(b *network.Builder, x network.Value) network.Value { return b.Concat(x, b.MaxPool(x, 2, 2)) },
		"a concatenation must":               func(b *network.Builder, _ network.Value) network.Value { return b.Concat() },
		"from 1 to 3 channels":               func(b *network.Builder, x network.Value) network.Value { return b.First(x, 4) },
		"names of parameters must be unique": func(b *network.Builder, x network.Value) network.Value { return b.BatchNorm("n", b.BatchNorm("n", x)) },
		"the logits have size":               func(_ *network.Builder, x network.Value) network.Value { return x },
	} {
		_, err := network.NewPlan(network.DesignFunc(func(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
			x := draw(b, b.Images())
			if what == "the logits have size" {
				return x, nil
			}
			return b.Linear("head", b.GlobalAvgPool(b.Sum(b.ReLU(x), b.AvgPool(x, 3, 1))), b.Classes()), nil
		}), searchspace.Arch{}, tiny)
		require.ErrorIs(t, err, network.ErrShape, what)
		assert.ErrorContains(t, err, what)
	}
}

// TestForeignValues checks that a zero Value and values of another network are rejected as inputs of all operations and as logits.
func TestForeignValues(t *testing.T) {
	operations := map[string]func(b *network.Builder, x network.Value) network.Value{
		"Conv": func(b *network.Builder, x network.Value) network.Value {
			return b.Conv("c", x, 3, network.Kernel{Size: 1})
		},
		"Depthwise": func(b *network.Builder, x network.Value) network.Value {
			return b.Depthwise("c", x, network.Kernel{Size: 1})
		},
		"Linear":        func(b *network.Builder, x network.Value) network.Value { return b.Linear("l", x, b.Classes()) },
		"BatchNorm":     func(b *network.Builder, x network.Value) network.Value { return b.BatchNorm("n", x) },
		"ReLU":          func(b *network.Builder, x network.Value) network.Value { return b.ReLU(x) },
		"MaxPool":       func(b *network.Builder, x network.Value) network.Value { return b.MaxPool(x, 3, 1) },
		"AvgPool":       func(b *network.Builder, x network.Value) network.Value { return b.AvgPool(x, 3, 1) },
		"GlobalAvgPool": func(b *network.Builder, x network.Value) network.Value { return b.GlobalAvgPool(x) },
		"Subsample":     func(b *network.Builder, x network.Value) network.Value { return b.Subsample(x, 2, 0) },
		"Sum":           func(b *network.Builder, x network.Value) network.Value { return b.Sum(x, x) },
		"Average":       func(b *network.Builder, x network.Value) network.Value { return b.Average(x) },
		"WeightedSum":   func(b *network.Builder, x network.Value) network.Value { return b.WeightedSum("w", x) },
		"Concat":        func(b *network.Builder, x network.Value) network.Value { return b.Concat(x, x) },
		"First":         func(b *network.Builder, x network.Value) network.Value { return b.First(x, 1) },
		"Zero":          func(b *network.Builder, x network.Value) network.Value { return b.Zero(x) },
		"no operation":  func(_ *network.Builder, x network.Value) network.Value { return x },
	}
	foreign := []network.Value{{}}
	plan(t, classified(func(b *network.Builder, x network.Value) network.Value {
		for range 8 {
			foreign = append(foreign, x, b.GlobalAvgPool(x))
			x = b.BatchNorm(fmt.Sprint(len(foreign)), x)
		}
		return x
	}), searchspace.Arch{}, tiny)
	rapid.Check(t, func(t *rapid.T) {
		operation := operations[rapid.SampledFrom(slices.Sorted(maps.Keys(operations))).Draw(t, "operation")]
		x := rapid.SampledFrom(foreign).Draw(t, "value")
		asLogits := rapid.Bool().Draw(t, "as logits")
		_, err := network.NewPlan(network.DesignFunc(func(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
			b.ReLU(b.Images())
			y := operation(b, x)
			if !asLogits {
				y = b.Linear("head", b.GlobalAvgPool(y), b.Classes())
			}
			return y, nil
		}), searchspace.Arch{}, tiny)
		require.ErrorIs(t, err, network.ErrShape)
	})
	for i, want := range []string{"got a zero Value", "got a value of another network"} {
		_, err := network.NewPlan(classified(func(*network.Builder, network.Value) network.Value { return foreign[i] }), searchspace.Arch{}, tiny)
		require.ErrorContains(t, err, want)
	}
}

// TestSharedWeights checks that a network computes the same with shared weights as with its own,
// and that its gradient is zero for parameters that it does not use.
func TestSharedWeights(t *testing.T) {
	in := network.Input{Channels: 2, Height: 6, Width: 6, Classes: 3}
	var plans []*network.Plan
	for _, cell := range []string{cells[0], cells[2]} {
		plans = append(plans, plan(t, network.NASBench201{Channels: 4, Cells: 1}, parse(t, searchspace.NASBench201{}, cell), in))
	}
	shared, err := network.Share(plans...)
	require.NoError(t, err)
	assert.Less(t, shared.Size(), plans[0].Params()+plans[1].Params())
	all := shared.Init(rand.New(rand.NewPCG(5, 5)))
	batch := batchOf(rand.New(rand.NewPCG(6, 6)), in, 9)
	space := &network.Workspace{}
	for _, p := range plans {
		own := p.Layout().Init(rand.New(rand.NewPCG(7, 7)))
		for _, param := range slices.Concat(p.Layout().Parameters(), p.Layout().Statistics()) {
			copy(own.Of(param.Name), all.Of(param.Name))
		}
		alone, err := p.Build(own, network.Options{})
		require.NoError(t, err)
		within, err := p.Within(shared)
		require.NoError(t, err)
		together, err := within.Build(all, network.Options{Workspace: space})
		require.NoError(t, err)

		want, err := alone.Gradient(batch, 0)
		require.NoError(t, err)
		ownGrad, err := alone.Learned()[0].Grad()
		require.NoError(t, err)
		got, err := together.Gradient(batch, 0)
		require.NoError(t, err)
		assert.Equal(t, want, got)
		sharedGrad, err := together.Learned()[0].Grad()
		require.NoError(t, err)
		of := &network.Weights{Layout: p.Layout(), Params: ownGrad.Data().([]float32)}
		among := &network.Weights{Layout: shared, Params: sharedGrad.Data().([]float32)}
		for _, param := range shared.Parameters() {
			if want := of.Of(param.Name); want != nil {
				assert.Equal(t, want, among.Of(param.Name), param.Name)
			} else {
				assert.Equal(t, make([]float32, param.Size()), among.Of(param.Name), param.Name)
			}
		}
	}
	_, err = plans[0].Within(plans[1].Layout())
	assert.ErrorIs(t, err, network.ErrShape)
	wider := plan(t, network.NASBench201{Channels: 5, Cells: 1}, parse(t, searchspace.NASBench201{}, cells[0]), in)
	_, err = network.Share(plans[0], wider)
	assert.ErrorIs(t, err, network.ErrShape)
	_, err = plans[0].Within(wider.Layout())
	assert.ErrorIs(t, err, network.ErrShape)
}

// TestWeightsOfAnotherLayout checks that weights of another layout are rejected even if they have the same size, and that layouts
// with the same names and shapes in the same order are interchangeable.
func TestWeightsOfAnotherLayout(t *testing.T) {
	twoLayers := func(first, second string, channels int, norm bool) *network.Plan {
		return plan(t, network.DesignFunc(func(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
			y := b.Conv(first, b.First(b.Images(), 2), channels, network.Kernel{Size: 1})
			z := b.Conv(second, y, 2, network.Kernel{Size: 1})
			if norm {
				z = b.BatchNorm("norm", z)
			}
			return b.Linear("head", b.GlobalAvgPool(z), b.Classes()), nil
		}), searchspace.Arch{}, tiny)
	}
	for name, test := range map[string]struct {
		layout *network.Layout
		fits   bool
	}{
		"its own":        {twoLayers("a", "b", 3, false).Layout(), true},
		"of other names": {twoLayers("a", "c", 3, false).Layout(), false},
		"reordered":      {twoLayers("b", "a", 3, false).Layout(), false},
		"wider":          {twoLayers("a", "b", 4, false).Layout(), false},
		"normalized":     {twoLayers("a", "b", 3, true).Layout(), false},
	} {
		_, err := twoLayers("a", "b", 3, false).Build(test.layout.Init(rand.New(rand.NewPCG(1, 1))), network.Options{})
		if test.fits {
			assert.NoError(t, err, name)
		} else {
			assert.ErrorIs(t, err, network.ErrShape, name)
		}
	}
	p := twoLayers("a", "b", 3, false)
	w := p.Layout().Init(rand.New(rand.NewPCG(1, 1)))
	w.Params = w.Params[1:]
	_, err := p.Build(w, network.Options{})
	assert.ErrorIs(t, err, network.ErrShape)
}

// TestWithinComparesShapes checks that a plan accepts a layout with parameters of the same names only if they have the same shapes,
// even if they have the same sizes.
func TestWithinComparesShapes(t *testing.T) {
	in := network.Input{Channels: 12, Height: 2, Width: 2, Classes: 2}
	convolution := func(inputs, outputs int) *network.Plan {
		return plan(t, classified(func(b *network.Builder, x network.Value) network.Value {
			return b.GlobalAvgPool(b.First(b.Conv("conv", b.First(x, inputs), outputs, network.Kernel{Size: 1}), 1))
		}), searchspace.Arch{}, in)
	}
	rapid.Check(t, func(t *rapid.T) {
		divisor := rapid.SampledFrom([]int{1, 2, 3, 4, 6, 12})
		ours, theirs := divisor.Draw(t, "our inputs"), divisor.Draw(t, "their inputs")
		p, weights := convolution(ours, 12/ours), draw.Weights(convolution(theirs, 12/theirs), rand.New(rand.NewPCG(1, 1)))
		_, err := p.Within(weights.Layout)
		_, owning := p.Own(weights)
		if ours == theirs {
			require.NoError(t, err)
			require.NoError(t, owning)
			return
		}
		require.ErrorIs(t, err, network.ErrShape)
		require.ErrorContains(t, err, fmt.Sprintf(`"conv.weight" has shape [1 1 %d %d]`, ours, 12/ours))
		require.ErrorIs(t, owning, network.ErrShape)
	})
}

// TestModes checks that Trial changes nothing, that Train updates the running statistics, and that Evaluate computes each image
// independently.
func TestModes(t *testing.T) {
	n := build(t, plan(t, network.DesignFunc(everything), searchspace.Arch{}, tiny), network.Options{Batch: 8})
	batch := batchOf(rand.New(rand.NewPCG(8, 8)), tiny, 8)
	before := slices.Clone(n.Weights().Statistics)
	trial, err := n.Measure(batch, network.Trial)
	require.NoError(t, err)
	assert.Equal(t, before, n.Weights().Statistics)
	train, err := n.Measure(batch, network.Train)
	require.NoError(t, err)
	assert.Equal(t, trial, train)
	assert.NotEqual(t, before, n.Weights().Statistics)
	for range 200 {
		_, err = n.Forward(batch.Images, network.Train)
		require.NoError(t, err)
	}
	moments, err := n.Measure(batch, network.Evaluate)
	require.NoError(t, err)
	assert.InDelta(t, trial.Loss, moments.Loss, 0.02, "running statistics of one batch are nearly its own")

	many := network.Batch{Images: slices.Repeat(batch.Images, 3), Labels: slices.Repeat(batch.Labels, 3)}
	all, err := n.Forward(many.Images, network.Evaluate)
	require.NoError(t, err)
	one, err := n.Forward(batch.Images[:len(batch.Images)/8], network.Evaluate)
	require.NoError(t, err)
	for _, image := range []int{0, 8, 16} {
		assert.InDeltaSlice(t, one, all[image*tiny.Classes:(image+1)*tiny.Classes], 1e-5)
	}
	report, err := n.Measure(many, network.Evaluate)
	require.NoError(t, err)
	assert.Equal(t, 3*moments.Correct, report.Correct)
	assert.InDelta(t, moments.Loss, report.Loss, 1e-5)
}

// TestSixArchitecturesShareAllWeightsOfENAS checks that six architectures, one for each operation and with all skip connections,
// together have the weights of every other architecture.
func TestSixArchitecturesShareAllWeightsOfENAS(t *testing.T) {
	in := network.Input{Channels: 1, Height: 8, Width: 8, Classes: 3}
	design := network.ENASMacro{Channels: 4, Shared: true}
	space := searchspace.ENASMacro{}
	var plans []*network.Plan
	for op := range 6 {
		var text strings.Builder
		for layer := range 12 {
			fmt.Fprintf(&text, " %d%s", op, strings.Repeat(" 1", layer))
		}
		plans = append(plans, plan(t, design, parse(t, space, text.String()), in))
	}
	shared, err := network.Share(plans...)
	require.NoError(t, err)
	weights := shared.Init(rand.New(rand.NewPCG(1, 1)))
	archs, err := explore.NewUniform(space).Sample(t.Context(), rand.New(rand.NewPCG(2, 2)), 5)
	require.NoError(t, err)
	rng, memory, solver := rand.New(rand.NewPCG(3, 3)), &network.Workspace{}, &gnn.Adam{}
	for _, a := range archs {
		p, err := plan(t, design, a, in).Within(shared)
		require.NoError(t, err)
		n, err := p.Build(weights, network.Options{Workspace: memory})
		require.NoError(t, err)
		report, err := n.Gradient(batchOf(rng, in, 8), 0)
		require.NoError(t, err)
		assert.Greater(t, report.Loss, 0.0)
		assert.Less(t, report.Loss, 10.0)
		require.NoError(t, solver.Step(n.Learned()))
	}
}
