package supernet_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/evaluator/supernet"
	"github.com/graphpnas/graphpnas/searchspace"
)

// only is a Sampler that returns its architectures in turn.
type only []searchspace.Arch

func (o only) Sample(_ context.Context, _ *rand.Rand, n int) ([]searchspace.Arch, error) {
	var drawn []searchspace.Arch
	for i := range n {
		drawn = append(drawn, o[i%len(o)])
	}
	return drawn, nil
}

func TestSharedWeightsLearn(t *testing.T) {
	c := config(t, digits(t, 1200))
	c.Design, c.Recipe.Epochs, c.Recipe.LearningRate = wide, 8, 0.1
	s := create(t, c)
	archs, err := uniform.Sample(t.Context(), rand.New(rand.NewPCG(3, 3)), 12)
	require.NoError(t, err)
	mean := func() (sum float64) {
		for _, a := range archs {
			r, err := s.Evaluate(t.Context(), a)
			require.NoError(t, err)
			sum += r.Value / float64(len(archs))
		}
		return sum
	}
	before := mean()
	assert.Less(t, before, 30.0)
	train(t, s, uniform, s.TotalSteps())
	after := mean()
	assert.Greater(t, after, 40.0)
	t.Logf("%.1f %% before, %.1f %% after %d steps", before, after, s.Steps())
	assert.Equal(t, oracle.Figures{}, train(t, s, uniform, 10), "no step is left")
	assert.Equal(t, s.TotalSteps(), s.Steps())
	assert.Equal(t, after, mean(), "the weights have not changed")
}

// TestOnlyUsedParametersChange checks that a step does not change parameters that its architectures
// do not use, not even by momentum or weight decay.
func TestOnlyUsedParametersChange(t *testing.T) {
	images := digits(t, 200)
	for archs := 1; archs <= 3; archs++ {
		for _, decay := range []float64{-1, 0.1} {
			c := config(t, images)
			c.Recipe.Archs, c.Recipe.WeightDecay, c.Seed = archs, decay, uint64(archs)
			s := create(t, c)
			train(t, s, uniform, 2) // builds up momentum
			drawn, err := uniform.Sample(t.Context(), rand.New(rand.NewPCG(uint64(archs), 6)), archs)
			require.NoError(t, err)
			read := map[string]bool{}
			for _, a := range drawn {
				p, err := network.NewPlan(design, a, images.Input())
				require.NoError(t, err)
				for _, p := range p.Layout().Parameters() {
					read[p.Name] = true
				}
			}
			weights := s.Weights()
			before := &network.Weights{Layout: weights.Layout, Params: slices.Clone(weights.Params)}
			train(t, s, only(drawn), 1)
			for _, p := range weights.Layout.Parameters() {
				require.Equal(t, read[p.Name], !slices.Equal(before.Of(p.Name), weights.Of(p.Name)), p.Name)
			}
		}
	}
}

// TestSharedLayersAreTrainedTogether checks that training one architecture changes the accuracy of another that shares a layer.
func TestSharedLayersAreTrainedTogether(t *testing.T) {
	c := config(t, digits(t, 800))
	c.Design, c.Recipe.LearningRate = wide, 0.1
	s := create(t, c)
	trained, kin, stranger := parse(t, "0 3 0 2 0 1"), parse(t, "0 3 1 2 1 1"), parse(t, "4 5 1 4 1 1")
	value := func(a searchspace.Arch) float64 {
		r, err := s.Evaluate(t.Context(), a)
		require.NoError(t, err)
		return r.Value
	}
	before := value(kin)
	train(t, s, only{trained}, s.TotalSteps())
	assert.Greater(t, value(trained), 70.0)
	assert.Greater(t, value(kin), before+20)
	t.Logf("trained %.1f %%, kin %.1f %% after %.1f %%, stranger %.1f %%", value(trained), value(kin), before, value(stranger))
	assert.Less(t, value(stranger), value(kin))
}

// TestSeedDeterminesTheWeights checks that the weights depend neither on the number of processors
// nor on how steps are divided among calls of Train.
func TestSeedDeterminesTheWeights(t *testing.T) {
	c := config(t, digits(t, 200))
	c.Recipe.Archs, c.Recipe.Pad, c.Recipe.Flip = 2, 1, true
	weights := func(seed uint64, calls ...int) *network.Weights {
		c.Seed = seed
		s := create(t, c)
		for _, steps := range calls {
			train(t, s, uniform, steps)
		}
		return s.Weights()
	}
	want := weights(1, 7)
	require.False(t, slices.Equal(want.Params, weights(2, 7).Params))
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, processors := range []int{1, 2} {
		runtime.GOMAXPROCS(processors)
		requireSame(t, want, weights(1, 7))
		requireSame(t, want, weights(1, 3, 0, 4))
	}
}

func TestCanceledTraining(t *testing.T) {
	s := create(t, config(t, digits(t, 200)))
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("enough")
	_, err := s.Train(ctx, after(3, func() { cancel(stop) }), 10)
	assert.ErrorIs(t, err, stop)
	assert.Equal(t, 2, s.Steps())
	_, err = s.Evaluate(ctx, parse(t, convs))
	assert.ErrorIs(t, err, stop)
}

// sampling is a function that implements Sampler.
type sampling func(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error)

func (f sampling) Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	return f(ctx, rng, n)
}

// after returns a Sampler that calls do in its n-th call, and then draws as usual.
func after(n int, do func()) supernet.Sampler {
	return sampling(func(_ context.Context, rng *rand.Rand, k int) ([]searchspace.Arch, error) {
		if n--; n == 0 {
			do()
		}
		return uniform.Sample(context.Background(), rng, k)
	})
}

func TestFailingSamplers(t *testing.T) {
	s := create(t, config(t, digits(t, 200)))
	empty := errors.New("nothing to draw")
	for name, sampler := range map[string]supernet.Sampler{
		"nothing to draw":      sampling(func(context.Context, *rand.Rand, int) ([]searchspace.Arch, error) { return nil, empty }),
		"architectures, got 0": sampling(func(context.Context, *rand.Rand, int) ([]searchspace.Arch, error) { return nil, nil }),
		"step 1":               only{searchspace.Arch{}},
		"sampler is nil":       nil,
	} {
		_, err := s.Train(t.Context(), sampler, 1)
		assert.ErrorContains(t, err, name)
	}
}

func TestDivergence(t *testing.T) {
	c := config(t, digits(t, 200))
	c.Recipe.LearningRate, c.Recipe.ClipNorm = 1e30, -1
	s := create(t, c)
	_, err := s.Train(t.Context(), only{parse(t, convs)}, s.TotalSteps())
	require.ErrorIs(t, err, oracle.ErrDiverged)
	assert.ErrorContains(t, err, "conv_3x3", "the architecture")
	_, err = s.Evaluate(t.Context(), parse(t, convs))
	assert.ErrorIs(t, err, oracle.ErrDiverged)
}

// TestTooLargeNetworks checks that networks that are too large are rejected before weights are drawn.
func TestTooLargeNetworks(t *testing.T) {
	c := config(t, digits(t, 200))
	c.Design, c.MemoryLimit = network.ENASMacro{Channels: 200, Shared: true}, 16<<20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := supernet.New(c)
	runtime.ReadMemStats(&after)
	require.ErrorIs(t, err, network.ErrTooLarge)
	assert.ErrorContains(t, err, "network of")
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20))
}

// TestMemoryIncludesTheWholeTraining checks that the limit covers the passes and the velocity and gradient of the weights.
func TestMemoryIncludesTheWholeTraining(t *testing.T) {
	c := config(t, digits(t, 200))
	s := create(t, c)
	passes := int64(0)
	for _, a := range c.Cover {
		p, err := s.Plan(a)
		require.NoError(t, err)
		passes = max(passes, p.Memory(c.Recipe.Batch))
	}
	c.MemoryLimit = passes + 2*4*s.Weights().Layout.Size()
	create(t, c)
	c.MemoryLimit--
	_, err := supernet.New(c)
	assert.ErrorIs(t, err, network.ErrTooLarge)
}
