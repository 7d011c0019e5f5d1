package generator

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Marginals contains the probabilities of each edge, operation and field value under a generator's
// distribution, estimated from samples. An estimate p from n samples has a standard error of
// √(p(1−p)/n).
type Marginals struct {
	Samples int
	Parts   []PartMarginals
}

// PartMarginals contains the marginal probabilities of one part. If the number of nodes varies, each
// is the joint probability that the node exists and has the edge, operation or value.
type PartMarginals struct {
	Part searchspace.Part
	// Nodes[i] is the probability that node i exists.
	Nodes []float64
	// NodeOps[i][o] is the probability that node i has operation o. It is nil if nodes have no operations.
	NodeOps [][]float64
	// Edges[i][j] is the probability that there is an edge j→i, j < i.
	Edges [][]float64
	// EdgeOps[i][j][o] is the probability that there is an edge j→i with operation o. It is nil if edges have
	// no operations.
	EdgeOps [][][]float64
	// NodeFields[i][f][v] is the probability that node i has value v of field f; f and v are indexes
	// into Part.NodeFields and its Values. The probabilities of all values add up to the probability
	// that the field exists. It is nil if nodes have no fields.
	NodeFields [][][]float64 `json:",omitempty"`
	// EdgeFields[i][j][f][v] is the probability that there is an edge j→i with value v of field f. It is nil if edges have
	// no fields.
	EdgeFields [][][][]float64 `json:",omitempty"`
}

// EstimateMarginals estimates the marginals of g, a generator for the space, from n samples, at
// least one.
func EstimateMarginals(ctx context.Context, g GraphGenerator, space searchspace.Space, rng *rand.Rand, n int) (Marginals, error) {
	if n < 1 {
		return Marginals{}, fmt.Errorf("marginals of %s: n must be at least 1, got %d", space.Name(), n)
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
	m := PartMarginals{Part: p, Nodes: make([]float64, p.MaxNodes)}
	for i := range p.MaxNodes {
		m.Edges = append(m.Edges, make([]float64, i))
		if p.NodeOps != nil {
			m.NodeOps = append(m.NodeOps, make([]float64, len(p.NodeOps)))
		}
		if len(p.NodeFields) > 0 {
			m.NodeFields = append(m.NodeFields, zeroOfEach(p.NodeFields))
		}
		ops, fields := make([][]float64, i), make([][][]float64, i)
		for j := range i {
			ops[j], fields[j] = make([]float64, len(p.EdgeOps)), zeroOfEach(p.EdgeFields)
		}
		if p.EdgeOps != nil {
			m.EdgeOps = append(m.EdgeOps, ops)
		}
		if len(p.EdgeFields) > 0 {
			m.EdgeFields = append(m.EdgeFields, fields)
		}
	}
	return m
}

// zeroOfEach returns a zero for each value of each field.
func zeroOfEach(fields []searchspace.Field) [][]float64 {
	zeros := make([][]float64, len(fields))
	for i, f := range fields {
		zeros[i] = make([]float64, len(f.Values))
	}
	return zeros
}

func (m *PartMarginals) count(s searchspace.Step, share float64) {
	switch s.Kind {
	case searchspace.NodeOp:
		m.NodeOps[s.Node][s.Value] += share
	case searchspace.EdgePresence:
		m.Edges[s.Node][s.From] += share * float64(s.Value)
	case searchspace.EdgeOp:
		m.EdgeOps[s.Node][s.From][s.Value] += share
	case searchspace.NodeField:
		m.NodeFields[s.Node][s.Field][s.Value] += share
	case searchspace.EdgeField:
		m.EdgeFields[s.Node][s.From][s.Field][s.Value] += share
	}
}
