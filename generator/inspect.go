package generator

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/searchspace"
	"gonum.org/v1/gonum/stat"
)

// Marginals are the probabilities of each edge and operation in what a generator draws, estimated from samples: an
// estimate p of n samples has a standard error of √(p(1−p)/n).
type Marginals struct {
	Samples int
	Parts   []PartMarginals
}

// PartMarginals are the marginal probabilities of one part. Where the number of nodes varies, all are of the node being
// there and having the edge or operation.
type PartMarginals struct {
	Part searchspace.Part
	// Nodes[i] is the probability that there is a node i.
	Nodes []float64
	// NodeOps[i][o] is the probability that node i carries operation o; nil where nodes carry none.
	NodeOps [][]float64
	// Edges[i][j] is the probability that j feeds i, j < i.
	Edges [][]float64
	// EdgeOps[i][j][o] is the probability that j feeds i with operation o; nil where edges carry none.
	EdgeOps [][][]float64
}

// EstimateMarginals draws n samples from g, a generator for the space, and counts.
func EstimateMarginals(ctx context.Context, g GraphGenerator, space searchspace.Space, rng *rand.Rand, n int) (Marginals, error) {
	if n < 1 {
		return Marginals{}, fmt.Errorf("marginals of %s: %d samples", space.Name(), n)
	}
	archs, err := g.Sample(ctx, rng, n)
	if err != nil {
		return Marginals{}, fmt.Errorf("marginals of %s: %w", space.Name(), err)
	}
	m := Marginals{Samples: n}
	for _, p := range space.Parts() {
		m.Parts = append(m.Parts, newPartMarginals(p))
	}
	for _, a := range archs {
		path, err := searchspace.Path(space, a)
		if err != nil {
			return Marginals{}, fmt.Errorf("marginals of %s: %w", space.Name(), err)
		}
		for _, step := range path {
			m.Parts[step.Part].count(step, 1/float64(n))
		}
		for i := range m.Parts {
			for v := range a.Part(i).Len() {
				m.Parts[i].Nodes[v] += 1 / float64(n)
			}
		}
	}
	return m, nil
}

func newPartMarginals(p searchspace.Part) PartMarginals {
	m := PartMarginals{Part: p, Nodes: make([]float64, p.MaxNodes), Edges: make([][]float64, p.MaxNodes)}
	if p.NodeOps != nil {
		m.NodeOps = make([][]float64, p.MaxNodes)
	}
	if p.EdgeOps != nil {
		m.EdgeOps = make([][][]float64, p.MaxNodes)
	}
	for i := range p.MaxNodes {
		m.Edges[i] = make([]float64, i)
		if p.NodeOps != nil {
			m.NodeOps[i] = make([]float64, len(p.NodeOps))
		}
		if p.EdgeOps != nil {
			m.EdgeOps[i] = make([][]float64, i)
			for j := range i {
				m.EdgeOps[i][j] = make([]float64, len(p.EdgeOps))
			}
		}
	}
	return m
}

func (m *PartMarginals) count(s searchspace.Step, share float64) {
	switch s.Kind {
	case searchspace.NodeOp:
		m.NodeOps[s.Node][s.Value] += share
	case searchspace.EdgePresence:
		m.Edges[s.Node][s.From] += share * float64(s.Value)
	case searchspace.EdgeOp:
		m.EdgeOps[s.Node][s.From][s.Value] += share
	}
}

// EstimateEntropy estimates the entropy of a model's distribution, in nats, as the mean of −LogProb over n of its
// samples, at least two, and gives the standard error of the estimate.
func EstimateEntropy(ctx context.Context, m Model, rng *rand.Rand, n int) (entropy, stdErr float64, err error) {
	if n < 2 {
		return 0, 0, fmt.Errorf("entropy of a generator of %s: %d samples", m.Space().Name(), n)
	}
	archs, err := m.Sample(ctx, rng, n)
	if err != nil {
		return 0, 0, fmt.Errorf("entropy: %w", err)
	}
	logProbs, err := m.LogProb(ctx, archs)
	if err != nil {
		return 0, 0, fmt.Errorf("entropy: %w", err)
	}
	mean, deviation := stat.MeanStdDev(logProbs, nil)
	return -mean, stat.StdErr(deviation, float64(n)), nil
}
