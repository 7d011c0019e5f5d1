package rl

import (
	"context"
	"errors"
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

// judge ranks by what it is.
type judge func(candidates []searchspace.Arch) ([]float64, error)

func (j judge) Rank(_ context.Context, _ Session, candidates []searchspace.Arch) ([]float64, error) {
	return j(candidates)
}

// byEdges knows what countEdges counts.
func byEdges(candidates []searchspace.Arch) ([]float64, error) {
	scores := make([]float64, len(candidates))
	for i, a := range candidates {
		r, err := countEdges(context.Background(), a)
		if err != nil {
			return nil, err
		}
		scores[i] = r.Value
	}
	return scores, nil
}

func TestRankerChoosesTheBestOfTheCandidates(t *testing.T) {
	space := smallSpace(t)
	var offered [][]float64
	h, err := mustRun(t, newRecorder(space), countEdges, Config{
		Evaluations: 30, Batch: 3, Exploration: FirstRounds(2),
		Ranking: Ranking{Samples: 40, Parents: 1, Ranker: judge(func(c []searchspace.Arch) ([]float64, error) {
			scores, err := byEdges(c)
			offered = append(offered, scores)
			return scores, err
		})},
	})
	require.NoError(t, err)
	assert.Len(t, h.Evaluations, 30)
	for i, scores := range offered {
		round := h.Rounds[i+2]
		assert.Equal(t, 40, round.Samples)
		worst := math.Inf(1)
		for _, j := range round.Drawn {
			worst = min(worst, h.Evaluations[j].Result.Value)
		}
		better := 0
		for _, s := range scores {
			if s > worst {
				better++
			}
		}
		assert.Less(t, better, 3, "round %d left out what is better", round.Number)
	}
}

func TestNeighboursOfTheBestAreCandidates(t *testing.T) {
	space := searchspace.NASBench201{}
	var last []searchspace.Arch
	h, err := mustRun(t, newRecorder(space), countEdges, Config{
		Evaluations: 11, Exploration: FirstRounds(10),
		Ranking: Ranking{Samples: 1, Parents: 2, Ranker: judge(func(c []searchspace.Arch) ([]float64, error) {
			last = append([]searchspace.Arch(nil), c...)
			return byEdges(c)
		})},
	})
	require.NoError(t, err)
	h.Evaluations = h.Evaluations[:10]
	for _, e := range h.Top(2) {
		near, err := searchspace.Neighbors(space, e.Arch)
		require.NoError(t, err)
		for _, a := range near {
			found := false
			for _, b := range last {
				found = found || a.Equal(b)
			}
			for _, b := range h.Evaluations {
				found = found || a.Equal(b.Arch)
			}
			assert.True(t, found)
		}
	}
}

func TestRankersFaults(t *testing.T) {
	failure := errors.New("no idea")
	for name, j := range map[string]judge{
		"error":           func([]searchspace.Arch) ([]float64, error) { return nil, failure },
		"too few scores":  func(c []searchspace.Arch) ([]float64, error) { return make([]float64, len(c)-1), nil },
		"too many scores": func(c []searchspace.Arch) ([]float64, error) { return make([]float64, len(c)+1), nil },
	} {
		_, err := mustRun(t, newRecorder(smallSpace(t)), countEdges, Config{Ranking: Ranking{Ranker: j}, Exploration: FirstRounds(1)})
		assert.ErrorContains(t, err, "rank", name)
	}
	_, err := NewTrainer(newRecorder(smallSpace(t)), countEdges, Config{Ranking: Ranking{Ranker: GaussianProcess{}}, Learner: OnPolicy{}})
	assert.ErrorContains(t, err, "on-policy")
	for _, r := range []Ranking{{Samples: -1}, {Parents: -1}, {Ranker: GaussianProcess{Walks: -1}}} {
		_, err := NewTrainer(newRecorder(smallSpace(t)), countEdges, Config{Ranking: r})
		assert.Error(t, err)
	}
}

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
func TestKernelIsPositiveSemidefinite(t *testing.T) {
	for _, space := range []searchspace.Space{searchspace.NASBench101{}, searchspace.NASBench201{}} {
		rapid.Check(t, func(rt *rapid.T) {
			rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
			archs, err := explore.NewUniform(space).Sample(context.Background(), rng, 12)
			require.NoError(rt, err)
			known := newEncoder(space, true).encodeAll(archs)
			p := GaussianProcess{Walks: rapid.Float64Range(0, 1).Draw(rt, "walks")}.prior(known)
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

// The posterior equals the textbook's formula with an explicit inverse (Rasmussen & Williams 2006, equations 2.25, 2.26).
func TestPosteriorEqualsTheFormula(t *testing.T) {
	space := searchspace.NASBench201{}
	archs, err := explore.NewUniform(space).Sample(context.Background(), rand.New(rand.NewPCG(4, 4)), 40)
	require.NoError(t, err)
	all := newEncoder(space, true).encodeAll(archs)
	known, candidates := all[:20], all[20:]
	targets := make([]float64, len(known))
	for i := range targets {
		targets[i] = float64(-i * i)
	}
	targets = normalScores(targets)
	p := GaussianProcess{Walks: 0.5}.prior(known)
	post, err := p.fit(known, targets)
	require.NoError(t, err)
	mean, deviation := post.predict(candidates)

	l := mat.NewDense(20, 20, nil)
	l.Copy(&post.factor)
	var noisy, inverse mat.Dense
	noisy.Mul(l, l.T())
	require.NoError(t, inverse.Inverse(&noisy))
	noise := noisy.At(0, 0) - 1
	_, noises := p.grid()
	assert.Contains(t, noises, math.Round(noise*1000)/1000)
	y := mat.NewVecDense(20, targets)
	variance := mat.Inner(y, &inverse, y) / 20
	for j := range candidates {
		k := mat.NewVecDense(20, nil)
		for i := range known {
			k.SetVec(i, post.kernel.covariance(&known[i], &candidates[j]))
		}
		assert.InDelta(t, mat.Inner(k, &inverse, y), mean[j], 1e-9)
		assert.InDelta(t, math.Sqrt(variance*max(1e-9, 1-mat.Inner(k, &inverse, k))), deviation[j], 1e-6)
	}
}

func TestRankerIsOfferedGraphsThatLackEdges(t *testing.T) {
	space, err := searchspace.New("labelled", []searchspace.Part{{Name: "cell", MaxNodes: 4, EdgeOps: []string{"none", "x", "y"}}}, nil)
	require.NoError(t, err)
	dense, err := explore.NewUniformOver(space, "x", "y")
	require.NoError(t, err)
	offered := 0
	_, err = mustRun(t, newRecorder(space), countEdges, Config{
		Evaluations: 6, Exploration: FirstRounds(5), Explorer: dense,
		Ranking: Ranking{Samples: 1, Explored: 60, Ranker: judge(func(c []searchspace.Arch) ([]float64, error) {
			lack := func(a searchspace.Arch) bool { return a.Part(0).NumEdges() < 6 }
			offered += len(slices.DeleteFunc(slices.Clone(c), func(a searchspace.Arch) bool { return !lack(a) }))
			return byEdges(c)
		})},
	})
	require.NoError(t, err)
	assert.InDelta(t, 30, offered, 15, "of 60")
}
