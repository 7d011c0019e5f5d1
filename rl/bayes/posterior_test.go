package bayes

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

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
	e := newEncoder(space)
	// 0→1→3 and 0→2→3 compute the same with different nodes.
	one := e.encode(cell("|nor_conv_3x3~0|+|none~0|none~1|+|none~0|nor_conv_1x1~1|none~2|"))
	two := e.encode(cell("|none~0|+|nor_conv_3x3~0|none~1|+|none~0|none~1|nor_conv_1x1~2|"))
	assert.Equal(t, 4.0, one.decisionDistance(&two))
	assert.Zero(t, one.walkDistance(&two))
	// Four nodes, two edges, and one walk of two edges.
	assert.Equal(t, 16.0+1+1+1, one.norm)
}

// A covariance matrix has no negative eigenvalue.
func TestTheKernelIsPositiveSemidefinite(t *testing.T) {
	for _, space := range []searchspace.Space{searchspace.NASBench101{}, searchspace.NASBench201{}, withFields(t)} {
		rapid.Check(t, func(rt *rapid.T) {
			archs := draws(rt, space, rapid.Uint64().Draw(rt, "seed"), 12)
			seen, _ := seenIn(rt, space, archs, nil)
			k := seen.covariance(model{walks: rapid.Float64Range(0, 1).Draw(rt, "walks"), scale: rapid.Float64Range(0.1, 8).Draw(rt, "scale")})
			for i := range archs {
				assert.InDelta(rt, 1, k.At(i, i), 1e-12)
			}
			var eigen mat.EigenSym
			require.True(rt, eigen.Factorize(k, false))
			assert.Greater(rt, mat.Min(mat.NewVecDense(len(archs), eigen.Values(nil))), -1e-9)
		})
	}
}

func TestNormalScoresDependOnRanksAlone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		values := rapid.SliceOfN(rapid.IntRange(-5, 5), 1, 30).Draw(rt, "values")
		var all, stretched []float64
		for _, v := range values {
			all = append(all, float64(v)) // many equal values
		}
		for _, v := range all {
			stretched = append(stretched, math.Exp(v))
		}
		scores := normalScores(all)
		assert.Equal(rt, scores, normalScores(stretched))
		mean, variance := stat.PopMeanVariance(scores, nil)
		assert.InDelta(rt, 0, mean, 1e-9)
		if slices.Min(all) != slices.Max(all) {
			assert.InDelta(rt, 1, variance, 1e-9)
		}
		for i := range scores[1:] {
			assert.Equal(rt, all[i] > all[i+1], scores[i] > scores[i+1]+1e-12)
			assert.Equal(rt, all[i] == all[i+1], math.Abs(scores[i]-scores[i+1]) < 1e-12)
		}
	})
}

// seenIn returns a sample of the first architectures and the entries of the others.
func seenIn(t require.TestingT, space searchspace.Space, seen, candidates []searchspace.Arch) (*sample, []*entry) {
	s := stateOf(t, space, seen, nil)
	m := remember(s, memoryKey{})
	defer m.turn.Unlock()
	numbers := make([]int, len(seen))
	for i := range numbers {
		numbers[i] = i
	}
	return m.sampleOf(numbers, false), m.measured(candidates)
}

// fitted returns models fitted to 20 cells of NAS-Bench-201, and 20 other cells to predict.
func fitted(t *testing.T, g grid, seed uint64) (seen *sample, posteriors []*posterior, targets []float64, candidates []*entry) {
	archs := draws(t, searchspace.NASBench201{}, seed, 40)
	seen, candidates = seenIn(t, searchspace.NASBench201{}, archs[:20], archs[20:])
	targets = make([]float64, 20)
	for i := range targets {
		targets[i] = float64(-i * i)
	}
	targets = normalScores(targets)
	posteriors, err := g.fit(seen, targets, 4)
	require.NoError(t, err)
	return seen, posteriors, targets, candidates
}

// explicit returns the textbook posterior, computed with an explicit inverse (Rasmussen & Williams
// 2006, equations 2.25 and 2.26): the mean and the fraction of the prior variance that the
// observations explain.
func explicit(t *testing.T, m model, seen *sample, known []*entry, targets []float64, x *entry) (mean, explained float64) {
	n := len(known)
	noisy := mat.NewDense(n, n, nil)
	v := mat.NewVecDense(n, nil)
	for i := range known {
		for j := range known {
			noisy.Set(i, j, m.covariance(seen.apart(known[i], known[j])))
		}
		noisy.Set(i, i, noisy.At(i, i)+m.noise)
		v.SetVec(i, m.covariance(seen.apart(known[i], x)))
	}
	var inverse mat.Dense
	require.NoError(t, inverse.Inverse(noisy))
	return mat.Inner(v, &inverse, mat.NewVecDense(n, targets)), mat.Inner(v, &inverse, v)
}

var grids = map[string]grid{"plain": plainGrid, "full": fullGrid, "walks": {shares: []float64{1}, scales: []float64{1, 2}, noises: []float64{0.1, 0.5}}}

func TestThePosteriorEqualsTheFormula(t *testing.T) {
	for name, g := range grids {
		seen, posteriors, targets, candidates := fitted(t, g, 4)
		p := predict(seen, posteriors, candidates)
		mean, second, weights := make([]float64, 20), make([]float64, 20), 0.0
		for k, post := range posteriors {
			weights += post.weight
			var noisy, inverse mat.Dense
			l := mat.NewDense(20, 20, nil)
			l.Copy(&post.factor)
			noisy.Mul(l, l.T())
			assert.InDelta(t, post.noise, noisy.At(0, 0)-1, 1e-9)
			require.NoError(t, inverse.Inverse(&noisy))
			y := mat.NewVecDense(20, targets)
			variance := mat.Inner(y, &inverse, y) / 20
			logDet, _ := mat.LogDet(&noisy)
			assert.InDelta(t, -10*math.Log(variance)-logDet/2, post.evidence, 1e-5)
			assert.InDelta(t, math.Exp(post.evidence-posteriors[0].evidence), post.weight/posteriors[0].weight, 1e-9)
			for j, x := range candidates {
				m, explained := explicit(t, post.model, seen, seen.entries, targets, x)
				assert.InDelta(t, m, p.each[k].mean[j], 1e-9)
				assert.InDelta(t, explained, p.each[k].explained[j], 1e-9)
				mean[j] += post.weight * m
				second[j] += post.weight * (variance*(1-explained) + m*m)
			}
		}
		assert.InDelta(t, 1, weights, 1e-12, name)
		for j := range candidates {
			assert.InDelta(t, mean[j], p.mean[j], 1e-9, name)
			assert.InDelta(t, math.Sqrt(second[j]-mean[j]*mean[j]), p.deviation(j), 1e-6, name)
		}
	}
}

// A cautious average has each kernel once, with the noise that explains the targets best, and weights that
// follow the evidence slowly.
func TestACautiousAverageHasEachKernelOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seen, _, targets, _ := fitted(t, fullGrid, rapid.Uint64().Draw(rt, "seed"))
		all, err := cautiousGrid.fit(seen, targets, cautiousGrid.size())
		require.NoError(rt, err)
		kernels := map[model]bool{}
		for _, post := range all {
			kernel := model{walks: post.walks, scale: post.scale}
			assert.False(rt, kernels[kernel])
			kernels[kernel] = true
			for _, noise := range cautiousGrid.noises {
				other, ok := (model{post.walks, post.scale, noise}).condition(seen.covariance(kernel), targets)
				require.True(rt, ok)
				assert.LessOrEqual(rt, other.evidence, post.evidence)
			}
			assert.InDelta(rt, math.Exp((post.evidence-all[0].evidence)/caution), post.weight/all[0].weight, 1e-9)
			assert.GreaterOrEqual(rt, post.weight/all[0].weight, lightest)
		}
	})
}

// Imagining observations is conditioning on them: variances equal the formula with the points
// added, and means do not change.
func TestImaginingEqualsConditioning(t *testing.T) {
	for _, g := range grids {
		seen, posteriors, targets, candidates := fitted(t, g, 7)
		p := predict(seen, posteriors, candidates)
		means := slices.Clone(p.mean)
		known := slices.Clone(seen.entries)
		for step, at := range []int{3, 11, 0, 3, 19} { // with one index repeated
			before := make([]float64, len(candidates))
			for i := range before {
				before[i] = p.deviation(i)
			}
			p.imagine(at)
			known = append(known, candidates[at])
			for k, post := range posteriors {
				for j, x := range candidates {
					_, explained := explicit(t, post.model, seen, known, append(slices.Clone(targets), make([]float64, step+1)...), x)
					assert.InDelta(t, explained, p.each[k].explained[j], 1e-8, "step %d", step)
				}
			}
			for j := range candidates {
				assert.LessOrEqual(t, p.deviation(j), before[j]+1e-12, "what is observed lowers variances")
			}
			assert.Less(t, p.deviation(at), before[at])
		}
		assert.Equal(t, means, p.mean)
	}
}

// More candidates than fit in one chunk are predicted correctly.
func TestPredictingInChunks(t *testing.T) {
	seen, posteriors, _, candidates := fitted(t, fullGrid, 3)
	var many []*entry
	for range chunk/len(candidates) + 3 {
		many = append(many, candidates...)
	}
	few, all := predict(seen, posteriors, candidates), predict(seen, posteriors, many)
	for i := range many {
		assert.InDelta(t, few.mean[i%len(candidates)], all.mean[i], 1e-12)
		assert.InDelta(t, few.deviation(i%len(candidates)), all.deviation(i), 1e-12)
	}
}

// The noise is estimated: the noisier the data, the less the models rely on it.
func TestTheNoiseIsEstimated(t *testing.T) {
	space := searchspace.NASBench201{}
	noise := func(spread float64) (mean float64) {
		for seed := range uint64(4) {
			archs := draws(t, space, 40+seed, 80)
			seen, _ := seenIn(t, space, archs, nil)
			rng := rand.New(rand.NewPCG(seed, 1))
			values := make([]float64, len(archs))
			for i, a := range archs {
				values[i] = float64(a.Part(0).NumEdges()) + spread*rng.NormFloat64()
			}
			posteriors, err := fullGrid.fit(seen, normalScores(values), 4)
			require.NoError(t, err)
			for _, p := range posteriors {
				mean += p.weight * p.noise / 4
			}
		}
		return mean
	}
	exact, noisy := noise(0), noise(3)
	assert.Less(t, exact, 0.1)
	assert.Greater(t, noisy, 0.3)
}

// With more targets than are used for weighting models, all of them are conditioned on.
func TestManyTargets(t *testing.T) {
	space := searchspace.NASBench201{}
	archs := draws(t, space, 9, enough+60)
	seen, entries := seenIn(t, space, archs[:enough+50], archs[enough+50:])
	values := make([]float64, enough+50)
	for i := range values {
		values[i] = float64(archs[i].Part(0).NumEdges())
	}
	posteriors, err := fullGrid.fit(seen, normalScores(values), 4)
	require.NoError(t, err)
	sum := 0.0
	for _, p := range posteriors {
		assert.Len(t, p.white, enough+50)
		sum += p.weight
	}
	assert.InDelta(t, 1, sum, 1e-12)
	p := predict(seen, posteriors, entries)
	var edges []float64
	for _, a := range archs[enough+50:] {
		edges = append(edges, float64(a.Part(0).NumEdges()))
	}
	assert.Greater(t, stat.Correlation(edges, p.mean, nil), 0.8)
}

// The confidence of bounds falls with the noise, and does not depend on very small noise.
func TestConfidenceFallsWithNoise(t *testing.T) {
	at := func(noises ...float64) float64 {
		p := &prediction{}
		for _, n := range noises {
			p.posteriors = append(p.posteriors, &posterior{model: model{noise: n}, weight: 1 / float64(len(noises))})
		}
		return p.confidence()
	}
	assert.Equal(t, 4.0, at(0.02))
	assert.InDelta(t, 4, at(0.1), 1e-12)
	assert.InDelta(t, 2, at(0.4), 1e-12)
	assert.InDelta(t, 2, at(0.2, 0.8), 1e-12, "the noises' geometric mean counts")
	assert.Greater(t, at(0.3), at(1))
}

// A few running trials hardly change the confidence, many lower it, and some of it always stays.
func TestConfidenceFallsWithRunningTrials(t *testing.T) {
	assert.Equal(t, 4.0, cautious(4, 0))
	assert.Greater(t, cautious(4, 4), 3.5)
	assert.InDelta(t, 2, cautious(4, 12), 1e-12)
	assert.Equal(t, 1.0, cautious(4, 100))
	for n := range 100 {
		assert.GreaterOrEqual(t, cautious(4, n), cautious(4, n+1))
	}
}
