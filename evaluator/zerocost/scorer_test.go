package zerocost_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/zerocost"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/searchspace"
)

var small = network.NASBench201{Channels: 8, Cells: 1}

// scorers returns both scores for small networks that classify digits.
func scorers(t testing.TB, seed uint64, initializations int) []*zerocost.Scorer {
	images, in := digits(t, 32)
	c := zerocost.Config{Design: small, Input: in, Seed: seed, Initializations: initializations}
	return []*zerocost.Scorer{mustNASWOT(t, c, images), mustSynflow(t, c)}
}

// TestSeedDeterminesTheScore checks that scores depend neither on the number of processors nor on parallel evaluations.
func TestSeedDeterminesTheScore(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	cells := []string{heavy, mixed, pooled}
	other, again := scorers(t, 2, 2), scorers(t, 1, 2)
	for i, s := range scorers(t, 1, 2) {
		want := map[string]float64{}
		runtime.GOMAXPROCS(1)
		for _, cell := range cells {
			want[cell] = value(t, s, parse(t, cell))
			assert.NotEqual(t, want[cell], value(t, other[i], parse(t, cell)))
		}
		assert.Greater(t, want[heavy], want[mixed])
		assert.Greater(t, want[mixed], want[pooled])
		runtime.GOMAXPROCS(2)
		var together sync.WaitGroup
		for range 3 {
			for _, cell := range cells {
				together.Go(func() {
					assert.Equal(t, want[cell], value(t, s, parse(t, cell)))
					assert.Equal(t, want[cell], value(t, again[i], parse(t, cell)))
				})
			}
		}
		together.Wait()
	}
}

// TestInitializationsAreAveraged checks that the first of two initializations equals a single one.
func TestInitializationsAreAveraged(t *testing.T) {
	once, thrice, standard := scorers(t, 3, 1), scorers(t, 3, 3), scorers(t, 3, 0)
	for i := range once {
		a := parse(t, mixed)
		assert.Equal(t, value(t, once[i], a), value(t, standard[i], a))
		assert.NotEqual(t, value(t, once[i], a), value(t, thrice[i], a))
		assert.InEpsilon(t, value(t, once[i], a), value(t, thrice[i], a), 0.1)
	}
}

func TestOrderOfTheImagesDoesNotMatter(t *testing.T) {
	images, in := digits(t, 32)
	c := zerocost.Config{Design: small, Input: in}
	score := value(t, mustNASWOT(t, c, images), parse(t, mixed))
	all := slices.Collect(slices.Chunk(images, 64))
	slices.Reverse(all)
	// The moments of batch normalization are summed in another order, so a ReLU near 0 may switch.
	assert.InDelta(t, score, value(t, mustNASWOT(t, c, slices.Concat(all...)), parse(t, mixed)), 0.1)
}

func TestCellsWithoutAPathHaveTheLowestScore(t *testing.T) {
	s := scorers(t, 1, 2)
	// Only the ReLU before the classifier reads the last cell. Its 32 channels of 2×2 pixels are inactive for each of 32 images.
	assert.InDelta(t, math.Log(32*32*2*2), value(t, s[0], parse(t, broken)), 1e-9)
	assert.InDelta(t, math.Log(math.SmallestNonzeroFloat32), value(t, s[1], parse(t, broken)), 1e-9)
}

func TestMetrics(t *testing.T) {
	_, in := digits(t, 2)
	plan, err := network.NewPlan(small, parse(t, mixed), in)
	require.NoError(t, err)
	for _, s := range scorers(t, 1, 1) {
		r, err := s.Evaluate(t.Context(), parse(t, mixed))
		require.NoError(t, err)
		assert.Equal(t, map[string]float64{zerocost.Params: float64(plan.Params()), zerocost.FLOPs: float64(plan.FLOPs())}, r.Metrics)
		assert.Positive(t, r.Cost)
	}
}

func TestEveryDesignHasScores(t *testing.T) {
	for _, s := range []struct {
		design network.Design
		space  searchspace.Space
	}{
		{network.NASBench101{Channels: 4, Cells: 1}, searchspace.NASBench101{}},
		{network.ENASMacro{Channels: 4}, searchspace.ENASMacro{}},
		{network.RandWire{Channels: 4}, searchspace.RandWire{}},
		{network.DARTS{Channels: 4}, searchspace.DARTS{}},
	} {
		archs, err := explore.NewUniform(s.space).Sample(t.Context(), rand.New(rand.NewPCG(1, 1)), 2)
		require.NoError(t, err)
		images := make([]float32, 8*3*32*32)
		rng := rand.New(rand.NewPCG(2, 2))
		for i := range images {
			images[i] = float32(rng.NormFloat64())
		}
		c := zerocost.Config{Design: s.design, Input: network.Input{Channels: 3, Height: 32, Width: 32, Classes: 10}}
		for _, score := range []*zerocost.Scorer{mustNASWOT(t, c, images), mustSynflow(t, c)} {
			first, second := value(t, score, archs[0]), value(t, score, archs[1])
			assert.Positive(t, first)
			assert.NotEqual(t, first, second)
		}
	}
}

func TestInvalidConfigurations(t *testing.T) {
	images, in := digits(t, 4)
	for what, c := range map[string]zerocost.Config{
		"Design must not be": {Input: in},
		"Config.Input":       {Design: small, Input: network.Input{Channels: 1, Height: 8, Classes: 10}},
		"Config.Input must have at most 134217728 values": {Design: small, Input: network.Input{Channels: 1, Height: math.MaxInt/2 + 1, Width: 4, Classes: 10}},
		"at most 134217728 values":                        {Design: small, Input: network.Input{Channels: math.MaxInt, Height: 3, Width: math.MaxInt, Classes: 10}},
		"negative, got -1":                                {Design: small, Input: in, Initializations: -1},
	} {
		_, err := zerocost.NewNASWOT(c, images)
		assert.ErrorContains(t, err, what)
		_, err = zerocost.NewSynflow(c)
		assert.ErrorContains(t, err, what)
	}

	panics := network.DesignFunc(func(*network.Builder, searchspace.Arch) (network.Value, error) { panic("no") })
	ended, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	a := parse(t, heavy)
	for _, c := range []struct {
		design network.Design
		arch   searchspace.Arch
		ctx    context.Context
		want   error
		named  bool
	}{
		{small, searchspace.Arch{}, t.Context(), searchspace.ErrInvalid, false},
		{network.NASBench201{Channels: 4000}, a, t.Context(), network.ErrTooLarge, true},
		{network.NASBench201{Channels: 100_000}, a, t.Context(), network.ErrTooLarge, true},
		{panics, a, t.Context(), evaluator.ErrPanic, true},
		{small, a, ended, context.Cause(ended), true},
	} {
		config := zerocost.Config{Design: c.design, Input: in}
		for _, s := range []*zerocost.Scorer{mustNASWOT(t, config, images), mustSynflow(t, config)} {
			r, err := s.Evaluate(c.ctx, c.arch)
			require.ErrorIs(t, err, c.want)
			assert.Zero(t, r)
			assert.Equal(t, c.ctx != ended, evaluator.Permanent(c.ctx, err))
			if c.named {
				assert.ErrorContains(t, err, a.String())
			}
		}
	}
}
