package bayes

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

func TestFeaturesOfAKnownCell(t *testing.T) {
	space := searchspace.NASBench201{}
	cell := func(text string) searchspace.Arch {
		a, err := space.Parse(text)
		require.NoError(t, err)
		return a
	}
	e := newEncoder(space, true)
	// 0→1→3 and 0→2→3 compute alike, by other nodes.
	one := e.encode(cell("|nor_conv_3x3~0|+|none~0|none~1|+|none~0|nor_conv_1x1~1|none~2|"))
	two := e.encode(cell("|none~0|+|nor_conv_3x3~0|none~1|+|none~0|none~1|nor_conv_1x1~2|"))
	assert.Equal(t, 4, one.hamming(&two))
	assert.Zero(t, one.walkDistance(&two))
	// Four nodes, two edges and one walk of two edges.
	assert.Equal(t, 16.0+1+1+1, one.norm)
}

// A covariance has no negative eigenvalue, whatever the architectures.
func TestTheKernelIsPositiveSemidefinite(t *testing.T) {
	for _, space := range []searchspace.Space{searchspace.NASBench101{}, searchspace.NASBench201{}, withFields(t)} {
		rapid.Check(t, func(rt *rapid.T) {
			rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
			archs, err := explore.NewUniform(space).Sample(context.Background(), rng, 12)
			require.NoError(rt, err)
			e := newEncoder(space, true)
			known := e.encodeAll(archs)
			p := newPrior(rapid.Float64Range(0, 1).Draw(rt, "walks"), e, known)
			lengthScales, _ := p.grid()
			kernel := p.at(rapid.SampledFrom(lengthScales).Draw(rt, "scale"))
			k := mat.NewSymDense(len(known), nil)
			for i := range known {
				for j := range known {
					k.SetSym(i, j, kernel.covariance(&known[i], &known[j]))
				}
				assert.InDelta(rt, 1, k.At(i, i), 1e-12)
			}
			var eigen mat.EigenSym
			require.True(rt, eigen.Factorize(k, false))
			assert.Greater(rt, mat.Min(mat.NewVecDense(len(known), eigen.Values(nil))), -1e-9)
		})
	}
}

func TestNormalScoresDependOnRanksAlone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		values := rapid.SliceOfN(rapid.IntRange(-5, 5), 1, 30).Draw(rt, "values")
		var sorted, stretched []float64
		for _, v := range values {
			sorted = append(sorted, float64(v)) // often equal
		}
		slices.Sort(sorted)
		slices.Reverse(sorted)
		for _, v := range sorted {
			stretched = append(stretched, math.Exp(v))
		}
		scores := normalScores(sorted)
		assert.Equal(rt, scores, normalScores(stretched))
		mean, variance := stat.PopMeanVariance(scores, nil)
		assert.InDelta(rt, 0, mean, 1e-9)
		if sorted[0] != sorted[len(sorted)-1] {
			assert.InDelta(rt, 1, variance, 1e-9)
		}
		for i := range scores[1:] {
			assert.Equal(rt, sorted[i] > sorted[i+1], scores[i] > scores[i+1])
			assert.Equal(rt, sorted[i] == sorted[i+1], scores[i] == scores[i+1])
		}
	})
}

// fitted is a process fitted to 20 cells of NAS-Bench-201, and 20 others to predict.
func fitted(t *testing.T, walks float64, seed uint64) (p prior, post *posterior, targets []float64, candidates []features) {
	archs := draws(t, searchspace.NASBench201{}, seed, 40)
	e := newEncoder(searchspace.NASBench201{}, true)
	all := e.encodeAll(archs)
	known, candidates := all[:20], all[20:]
	targets = make([]float64, len(known))
	for i := range targets {
		targets[i] = float64(-i * i)
	}
	targets = normalScores(targets)
	p = newPrior(walks, e, known)
	post, err := p.fit(known, targets)
	require.NoError(t, err)
	return p, post, targets, candidates
}

// explicit is the textbook's posterior with an explicit inverse (Rasmussen & Williams 2006, equations 2.25, 2.26): the mean
// and the share of the prior variance that the observations explain.
func explicit(t *testing.T, k kernel, noise float64, known []features, targets []float64, x *features) (mean, explained float64) {
	n := len(known)
	noisy := mat.NewDense(n, n, nil)
	v := mat.NewVecDense(n, nil)
	for i := range known {
		for j := range known {
			noisy.Set(i, j, k.covariance(&known[i], &known[j]))
		}
		noisy.Set(i, i, noisy.At(i, i)+noise)
		v.SetVec(i, k.covariance(&known[i], x))
	}
	var inverse mat.Dense
	require.NoError(t, inverse.Inverse(noisy))
	return mat.Inner(v, &inverse, mat.NewVecDense(n, targets)), mat.Inner(v, &inverse, v)
}

func TestThePosteriorEqualsTheFormula(t *testing.T) {
	for _, walks := range []float64{0, 0.5, 1} {
		p, post, targets, candidates := fitted(t, walks, 4)
		predicted := post.predict(candidates)
		_, noises := p.grid()
		assert.Contains(t, noises, post.noise)
		assert.Equal(t, slices.Max(targets), post.best)
		l := mat.NewDense(20, 20, nil)
		l.Copy(&post.factor)
		var noisy, inverse mat.Dense
		noisy.Mul(l, l.T())
		assert.InDelta(t, post.noise, noisy.At(0, 0)-1, 1e-9)
		require.NoError(t, inverse.Inverse(&noisy))
		y := mat.NewVecDense(20, targets)
		variance := mat.Inner(y, &inverse, y) / 20
		for j := range candidates {
			mean, explained := explicit(t, post.kernel, post.noise, post.known, targets, &candidates[j])
			assert.InDelta(t, mean, predicted.mean[j], 1e-9)
			assert.InDelta(t, math.Sqrt(variance*max(1e-9, 1-explained)), predicted.deviation(j), 1e-6)
		}
	}
}

// Imagining observations is conditioning on them: variances are those of the formula with the points added, and means stay.
func TestImaginingEqualsConditioning(t *testing.T) {
	for seed, walks := range []float64{0, 0.5, 0.8, 1} {
		_, post, targets, candidates := fitted(t, walks, uint64(seed+7))
		predicted := post.predict(candidates)
		means := slices.Clone(predicted.mean)
		known, seen := slices.Clone(post.known), slices.Clone(targets)
		for step, at := range []int{3, 11, 0, 3, 19} { // one of them twice
			before := make([]float64, len(candidates))
			for i := range before {
				before[i] = predicted.deviation(i)
			}
			predicted.imagine(at)
			known, seen = append(known, candidates[at]), append(seen, means[at])
			for j := range candidates {
				mean, explained := explicit(t, post.kernel, post.noise, known, seen, &candidates[j])
				assert.InDelta(t, mean, predicted.mean[j], 1e-8, "step %d", step)
				assert.InDelta(t, explained, predicted.explained[j], 1e-8, "step %d", step)
				assert.LessOrEqual(t, predicted.deviation(j), before[j]+1e-12, "what is observed lowers variances")
			}
			assert.Less(t, predicted.deviation(at), before[at])
		}
		assert.Equal(t, means, predicted.mean)
	}
}

// More candidates than are predicted together are predicted like few.
func TestPredictingInChunks(t *testing.T) {
	_, post, _, candidates := fitted(t, 0.5, 3)
	var many []features
	for range chunk/len(candidates) + 3 {
		many = append(many, candidates...)
	}
	few, all := post.predict(candidates), post.predict(many)
	for i := range many {
		assert.InDelta(t, few.mean[i%len(candidates)], all.mean[i], 1e-12)
		assert.InDelta(t, few.deviation(i%len(candidates)), all.deviation(i), 1e-12)
	}
}
