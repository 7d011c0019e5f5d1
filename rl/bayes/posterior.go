package bayes

import (
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// normalScores replaces values by the normal quantiles of their ranks, scaled to mean zero and
// variance one. Equal values share the mean of their ranks.
func normalScores(values []float64) []float64 {
	n := len(values)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case values[a] < values[b]:
			return -1
		case values[a] > values[b]:
			return 1
		}
		return 0
	})
	scores := make([]float64, n)
	for i := 0; i < n; {
		j := i
		for j < n && values[order[j]] == values[order[i]] {
			j++
		}
		rank := float64(i+j) / 2 // the number below plus half of the equal ones
		for ; i < j; i++ {
			scores[order[i]] = distuv.UnitNormal.Quantile(rank / float64(n))
		}
	}
	mean, deviation := stat.PopMeanStdDev(scores, nil)
	for i := range scores {
		scores[i] -= mean
		if deviation > 0 {
			scores[i] /= deviation
		}
	}
	return scores
}

// posterior is a model conditioned on targets.
type posterior struct {
	model
	factor   mat.TriDense // L, where L Lᵀ is the covariance of the targets
	white    []float64    // L⁻¹ targets
	spread   float64      // standard deviation estimated from the targets
	evidence float64      // log marginal likelihood up to a constant, with the process variance integrated out
	weight   float64
}

// condition returns the posterior of a model, given the covariance of the targets. It returns false
// if the covariance is not positive definite.
func (m model) condition(k *mat.SymDense, targets []float64) (*posterior, bool) {
	n := len(targets)
	noisy := mat.NewSymDense(n, nil)
	noisy.CopySym(k)
	for i := range n {
		noisy.SetSym(i, i, k.At(i, i)+m.noise)
	}
	var c mat.Cholesky
	if !c.Factorize(noisy) {
		return nil, false
	}
	p := &posterior{model: m, white: slices.Clone(targets), weight: 1}
	c.LTo(&p.factor)
	blas64.Trsv(blas.NoTrans, p.factor.RawTriangular(), blas64.Vector{N: n, Data: p.white, Inc: 1})
	variance := 1e-9
	for _, z := range p.white {
		variance += z * z / float64(n)
	}
	p.spread = math.Sqrt(variance)
	p.evidence = -(float64(n)*math.Log(variance) + c.LogDet()) / 2
	return p, true
}

// unseen returns posteriors without targets: one for each kernel, with equal weights.
func (g grid) unseen() []*posterior {
	var all []*posterior
	for _, share := range g.shares {
		for _, scale := range g.scales {
			all = append(all, &posterior{model: model{share, scale, g.noises[0]}, spread: 1, weight: 1})
		}
	}
	return normalized(all)
}

var errSingular = errors.New("the covariance is not positive definite under any model")

// enough is the number of targets that suffices to weight models. More would take longer and change
// little.
const enough = 200

// fit returns the posteriors with the most evidence, at most keep, weighted by it. If there are
// several models and more than enough targets, a subset of the targets determines the weights.
func (g grid) fit(s *sample, targets []float64, keep int) ([]*posterior, error) {
	if len(targets) == 0 {
		return g.unseen(), nil
	}
	if len(targets) <= enough || g.size() == 1 {
		return g.weigh(s, targets, keep)
	}
	part, some := s.every((len(targets)+enough-1)/enough, targets)
	weighed, err := g.weigh(part, some, keep)
	if err != nil {
		return nil, err
	}
	var all []*posterior
	for _, w := range weighed {
		p, ok := w.condition(s.covariance(w.model), targets)
		if !ok {
			continue
		}
		p.weight = w.weight
		all = append(all, p)
	}
	if len(all) == 0 {
		return nil, errSingular
	}
	return normalized(all), nil
}

// fit holds the result of grid.fit and its arguments.
type fit struct {
	sample     sample
	targets    []float64
	keep       int
	posteriors []*posterior
}

// fit is like grid.fit for a sample of the known entries, but remembers the last result for each grid:
// candidates may be ranked more than once for a group.
func (m *memory) fit(g *grid, s *sample, targets []float64, keep int) ([]*posterior, error) {
	last, ok := m.fits[g]
	if ok && last.keep == keep && last.sample.same(s) && slices.Equal(last.targets, targets) {
		return last.posteriors, nil
	}
	posteriors, err := g.fit(s, targets, keep)
	if err == nil {
		m.fits[g] = fit{*s, targets, keep, posteriors}
	}
	return posteriors, err
}

// lightest is the smallest weight of a model that is kept, relative to the largest.
const lightest = 0.1

func (g grid) weigh(s *sample, targets []float64, keep int) ([]*posterior, error) {
	all := make([]*posterior, g.size()) // nil for those whose covariance is not positive definite
	spread(len(g.shares)*len(g.scales), func(i int) {
		share, scale := g.shares[i/len(g.scales)], g.scales[i%len(g.scales)]
		k := s.covariance(model{walks: share, scale: scale})
		for j, noise := range g.noises {
			if p, ok := (model{share, scale, noise}).condition(k, targets); ok {
				all[i*len(g.noises)+j] = p
			}
		}
	})
	all = slices.DeleteFunc(all, func(p *posterior) bool { return p == nil })
	if len(all) == 0 {
		return nil, errSingular
	}
	slices.SortStableFunc(all, func(a, b *posterior) int {
		switch {
		case a.evidence > b.evidence:
			return -1
		case a.evidence < b.evidence:
			return 1
		}
		return 0
	})
	if g.cautious {
		all = bestNoises(all)
	}
	for _, p := range all {
		p.weight = g.weight(all[0].evidence - p.evidence)
	}
	few := slices.IndexFunc(all, func(p *posterior) bool { return p.weight < lightest })
	if few < 0 {
		few = len(all)
	}
	return normalized(all[:min(few, keep)]), nil
}

// bestNoises keeps the first posterior of each kernel.
func bestNoises(all []*posterior) []*posterior {
	known := map[model]bool{}
	return slices.DeleteFunc(all, func(p *posterior) bool {
		kernel := model{walks: p.walks, scale: p.scale}
		seen := known[kernel]
		known[kernel] = true
		return seen
	})
}

func normalized(all []*posterior) []*posterior {
	sum := 0.0
	for _, p := range all {
		sum += p.weight
	}
	for _, p := range all {
		p.weight /= sum
	}
	return all
}
