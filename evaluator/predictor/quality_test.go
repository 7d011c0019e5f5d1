package predictor

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/graphpnas/graphpnas/searchspace"
)

// short is a Config for training in a few seconds.
var short = Config{Networks: 1, Hidden: 16, Layers: 3, Epochs: 60}

// longestPath returns the largest number of nodes of an operation on a path through a cell.
func longestPath(a searchspace.Arch, op string) float64 {
	g := a.Part(0)
	most, longest := make([]float64, g.Len()), 0.0
	for v := range most {
		for u := range v {
			if g.HasEdge(u, v) {
				most[v] = max(most[v], most[u])
			}
		}
		if g.NodeOp(v) == op {
			most[v]++
		}
		longest = max(longest, most[v])
	}
	return longest
}

// TestLearnsTheWiring uses a steep objective that does not depend on single nodes or edges.
func TestLearnsTheWiring(t *testing.T) {
	s := searchspace.NASBench101{}
	data := examplesOf(randomArchs(t, s, newRand(1), 800), func(a searchspace.Arch) float64 {
		return math.Exp(2*longestPath(a, "conv3x3-bn-relu")) - edges(a)
	})
	p := trained(t, s, data[:500], short)
	tau, rho := accuracy(t, p, data[500:])
	t.Logf("tau %.3f, rho %.3f", tau, rho)
	assert.Greater(t, tau, 0.75)
}

// TestLearnsFromSeveralParts uses an objective that depends on node operations of one part and edge operations of another.
func TestLearnsFromSeveralParts(t *testing.T) {
	s := twoParts(t)
	data := examplesOf(randomArchs(t, s, newRand(1), 800), func(a searchspace.Arch) float64 {
		value := longestPath(a, "conv")
		for _, e := range a.Part(1).Edges() {
			if e.Op == "y" {
				value += 0.3
			}
		}
		return value - 0.1*float64(a.Part(2).NumEdges())
	})
	p := trained(t, s, data[:500], short)
	tau, rho := accuracy(t, p, data[500:])
	t.Logf("tau %.3f, rho %.3f", tau, rho)
	assert.Greater(t, tau, 0.85)
}

// TestLearnsFromFields uses an objective that depends on ordered fields of neighboring nodes in a chain, and on fields of edges.
func TestLearnsFromFields(t *testing.T) {
	edge := searchspace.Chain("edge", 4, 4, nil)
	edge.EdgeFields = []searchspace.Field{searchspace.Ordered("width", 1, 2, 3, 4)}
	s := space(t, searchspace.Chain("net", 3, 5, []string{"conv", "attention"},
		searchspace.Ordered("kernel", 1, 3, 5, 7).When("op", "conv"), searchspace.Ordered("heads", 1, 2, 3, 4)), edge)
	data := examplesOf(randomArchs(t, s, newRand(1), 800), func(a searchspace.Arch) (value float64) {
		net := a.Part(0)
		for v := range net.Len() - 1 {
			kernel, heads := net.Node(v).Float("kernel"), net.Node(v).Float("heads")
			value += kernel/2 - math.Abs(heads-2)
			if v > 0 {
				value -= math.Abs(heads - net.Node(v-1).Float("heads"))
			}
		}
		for v := range 3 {
			value += a.Part(1).EdgeLabel(v, v+1).Float("width")
		}
		return value
	})
	p := trained(t, s, data[:500], short)
	tau, rho := accuracy(t, p, data[500:])
	t.Logf("tau %.3f, rho %.3f", tau, rho)
	assert.Greater(t, tau, 0.75)
}

func TestLearnsNB101FromSome(t *testing.T) {
	data := sampleNB101(t)
	p := trained(t, searchspace.NASBench101{}, data[:1000], short)
	tau, rho := accuracy(t, p, data[1000:2000])
	t.Logf("tau %.3f, rho %.3f", tau, rho)
	assert.Greater(t, tau, 0.65)
}

func TestLearnsNB201FromSome(t *testing.T) {
	for _, column := range []string{"cifar10_valid_12", "cifar100_valid_12"} {
		data := tableNB201(t, column)
		p := trained(t, searchspace.NASBench201{}, data[:1000], short)
		tau, rho := accuracy(t, p, data[1000:2000])
		t.Logf("%s: tau %.3f, rho %.3f", column, tau, rho)
		assert.Greater(t, tau, 0.65)
	}
}
