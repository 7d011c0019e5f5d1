package predictor

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

// draw returns members of a space, each of whose decisions is uniform.
func draw(t require.TestingT, s searchspace.Space, rng *rand.Rand, n int) []searchspace.Arch {
	archs := make([]searchspace.Arch, n)
	for i := range archs {
		b := s.Start()
		for d, ok := b.Next(); ok; d, ok = b.Next() {
			require.NoError(t, b.Take(d.Allowed[rng.IntN(len(d.Allowed))]))
		}
		var err error
		archs[i], err = b.Arch()
		require.NoError(t, err)
	}
	return archs
}

func TestGradientOfTheLoss(t *testing.T) {
	mixed, err := searchspace.New("mixed", []searchspace.Part{
		{Name: "stem", MaxNodes: 4, NodeOps: []string{"conv", "end"}, Last: "end"},
		{Name: "cell", MaxNodes: 3, NodeOps: []string{"a", "b"}, EdgeOps: []string{"none", "x", "y"}},
		{Name: "head", MaxNodes: 1},
	}, nil)
	require.NoError(t, err)
	spaces := []searchspace.Space{searchspace.NASBench101{}, searchspace.NASBench201{}, mixed}
	rapid.Check(t, func(t *rapid.T) {
		space := rapid.SampledFrom(spaces).Draw(t, "space")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		e, err := newEncoder(space)
		require.NoError(t, err)
		l := &batchLoss{net: newNetwork(e, 6, rapid.IntRange(1, 3).Draw(t, "layers"))}
		for _, a := range draw(t, space, rng, rapid.IntRange(1, 5).Draw(t, "architectures")) {
			g, err := e.encode(a)
			require.NoError(t, err)
			l.batch = append(l.batch, target{g, float32(rng.NormFloat64())})
		}
		// Weights may lie among kinks; others then do not.
		for range 3 {
			if err = checkGradient(t, l, rng); err == nil {
				return
			}
		}
		require.NoError(t, err)
	})
}

// checkGradient compares the gradient at random weights with the loss's slope, for each parameter along its own part of
// the gradient, where the slope is steepest, and in a random direction.
func checkGradient(t require.TestingT, l *batchLoss, rng *rand.Rand) error {
	flat := make([]float32, l.net.layout.Size)
	l.net.layout.Init(flat, rng)
	at := func(flat []float32) float64 {
		out := make([]float32, 1)
		require.NoError(t, l.Forward(out, [][]float32{flat}))
		return float64(out[0])
	}
	grad := make([]float32, len(flat))
	at(flat)
	require.NoError(t, l.Backward([][]float32{grad}, [][]float32{flat}, nil, []float32{1}))
	for _, p := range l.net.layout.Params {
		random := make([]float32, p.Size())
		for i := range random {
			random[i] = float32(rng.NormFloat64())
		}
		for _, direction := range [][]float32{p.In(grad), random} {
			var norm, want float64
			for i, d := range direction {
				norm = math.Hypot(norm, float64(d))
				want += float64(d) * float64(p.In(grad)[i])
			}
			if norm == 0 {
				continue
			}
			want /= norm
			slope := func(step float64) float64 {
				up, down := slices.Clone(flat), slices.Clone(flat)
				for i, d := range direction {
					p.In(up)[i] += float32(step * float64(d) / norm)
					p.In(down)[i] -= float32(step * float64(d) / norm)
				}
				return (at(up) - at(down)) / (2 * step)
			}
			slopes := []float64{slope(0.02), slope(0.005), slope(0.001)} // a long step may cross kinks, a short one drowns in rounding
			if !slices.ContainsFunc(slopes, func(s float64) bool { return math.Abs(s-want) <= 0.01*math.Abs(want)+2e-4 }) {
				return fmt.Errorf("%s: gradient %v, slopes %v", p.Name, want, slopes)
			}
		}
	}
	return nil
}

func TestGradientIsScaledByTheOneBehindIt(t *testing.T) {
	space, rng := searchspace.NASBench101{}, rand.New(rand.NewPCG(1, 1))
	e, err := newEncoder(space)
	require.NoError(t, err)
	l := &batchLoss{net: newNetwork(e, 6, 2)}
	for _, a := range draw(t, space, rng, 4) {
		g, err := e.encode(a)
		require.NoError(t, err)
		l.batch = append(l.batch, target{g, 1})
	}
	flat := make([]float32, l.net.layout.Size)
	l.net.layout.Init(flat, rng)
	gradient := func(dout float32) []float32 {
		grad := make([]float32, len(flat))
		for i := range grad {
			grad[i] = float32(math.NaN()) // what was there must not count
		}
		require.NoError(t, l.Forward(make([]float32, 1), [][]float32{flat}))
		require.NoError(t, l.Backward([][]float32{grad}, [][]float32{flat}, nil, []float32{dout}))
		return grad
	}
	once, thrice := gradient(1), gradient(3)
	for i := range once {
		require.InDelta(t, 3*once[i], thrice[i], 1e-5)
	}
}
