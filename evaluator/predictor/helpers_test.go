package predictor

import (
	"context"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/rankcorr"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// little is a Config for fast training.
var little = Config{Networks: 2, Hidden: 8, Layers: 2, Epochs: 2}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// space returns a space of the given parts without further rules.
func space(t require.TestingT, parts ...searchspace.Part) searchspace.Space {
	s, err := searchspace.New("custom", parts)
	require.NoError(t, err)
	return s
}

// twoParts returns a space with several parts, with and without operations on nodes and edges, and of varying length.
func twoParts(t require.TestingT) searchspace.Space {
	return space(t,
		searchspace.Part{Name: "stem", MaxNodes: 4, NodeOps: []string{"conv", "pool", "end"}, Last: "end"},
		searchspace.Part{Name: "cell", MaxNodes: 3, NodeOps: []string{"a", "b"}, EdgeOps: []string{"none", "x", "y"}},
		searchspace.Part{Name: "head", MaxNodes: 2},
	)
}

// withFields returns a space with every kind of field: at nodes and edges, ordered and not, with and without conditions, and parameters.
func withFields(t require.TestingT) searchspace.Space {
	return space(t,
		searchspace.Part{Name: "plain", MaxNodes: 3},
		searchspace.Part{
			Name: "cell", MaxNodes: 3, NodeOps: []string{"conv", "pool"},
			NodeFields: []searchspace.Field{searchspace.Ordered("kernel", 3, 5, 7).When("op", "conv"), searchspace.Choice("act", "relu", "gelu")},
			EdgeFields: []searchspace.Field{searchspace.Bool("gate"), searchspace.Ordered("width", 8, 16, 32).When("gate", "true")},
		},
		searchspace.Params("training", searchspace.Ordered("rate", 1e-3, 1e-2, 1e-1, 1.0), searchspace.Ordered("epochs", 10)),
	)
}

// anySpace draws a space.
func anySpace(t *rapid.T) searchspace.Space {
	return rapid.SampledFrom([]searchspace.Space{
		searchspace.NASBench101{}, searchspace.NASBench201{}, twoParts(t), withFields(t),
		space(t, searchspace.Part{Name: "one", MaxNodes: 1}),
	}).Draw(t, "space")
}

// randomArchs draws members of a space with uniform decisions.
func randomArchs(t require.TestingT, s searchspace.Space, rng *rand.Rand, n int) []searchspace.Arch {
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

// examplesOf returns examples with the values of an objective.
func examplesOf(archs []searchspace.Arch, objective func(searchspace.Arch) float64) []Example {
	data := make([]Example, len(archs))
	for i, a := range archs {
		data[i] = Example{Arch: a, Value: objective(a)}
	}
	return data
}

// edges counts an architecture's edges.
func edges(a searchspace.Arch) float64 {
	n := 0
	for i := range a.NumParts() {
		n += a.Part(i).NumEdges()
	}
	return float64(n)
}

// trained calls Train, which must succeed.
func trained(t require.TestingT, s searchspace.Space, data []Example, c Config) *Predictor {
	p, err := Train(context.Background(), s, data, c)
	require.NoError(t, err)
	return p
}

func predict(t require.TestingT, p *Predictor, archs ...searchspace.Arch) []float64 {
	values, err := p.Predict(context.Background(), archs)
	require.NoError(t, err)
	require.Len(t, values, len(archs))
	for _, v := range values {
		require.False(t, math.IsNaN(v) || math.IsInf(v, 0), "a prediction of %v", v)
	}
	return values
}

// accuracy returns Kendall's τ-b and Spearman's ρ between predictions and the values of examples.
func accuracy(t require.TestingT, p *Predictor, data []Example) (tau, rho float64) {
	archs, want := make([]searchspace.Arch, len(data)), make([]float64, len(data))
	for i, x := range data {
		archs[i], want[i] = x.Arch, x.Value
	}
	got := predict(t, p, archs...)
	return kendall(got, want), rankcorr.Spearman(got, want)
}

// kendall returns Kendall's τ-b.
func kendall(x, y []float64) float64 {
	var both, inX, inY float64
	for i := range x {
		for j := range i {
			a, b := sign(x[i]-x[j]), sign(y[i]-y[j])
			both += a * b
			inX += a * a
			inY += b * b
		}
	}
	return both / math.Sqrt(inX*inY)
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

// dataFile returns the path of a published table, or skips the test if GRAPHPNAS_DATA is not set.
func dataFile(t testing.TB, path ...string) string {
	t.Helper()
	dir := os.Getenv("GRAPHPNAS_DATA")
	if dir == "" {
		t.Skip("GRAPHPNAS_DATA is not set to the directory of the benchmark files")
	}
	return filepath.Join(append([]string{dir}, path...)...)
}

// sampleNB101 returns 10,000 cells of NAS-Bench-101 with their validation accuracy after 108 epochs, shuffled.
func sampleNB101(t testing.TB) []Example {
	benchmark, err := nasbench.OpenNB101(dataFile(t, "nasbench101", "nasbench_sample.tfrecord"), nasbench.NB101Options{})
	require.NoError(t, err)
	var data []Example
	for a := range benchmark.Archs() {
		v, err := benchmark.Value(a, nasbench.NB101Query{})
		require.NoError(t, err)
		data = append(data, Example{Arch: a, Value: v})
	}
	shuffle(data)
	return data
}

// tableNB201 returns the cells of NAS-Bench-201 with the values of a column, shuffled.
func tableNB201(t testing.TB, column string) []Example {
	table, err := nasbench.OpenCSV(dataFile(t, "nasbench201", "nb201.csv"), searchspace.NASBench201{})
	require.NoError(t, err)
	var data []Example
	for a := range table.Archs() {
		v, err := table.Value(a, column)
		require.NoError(t, err)
		data = append(data, Example{Arch: a, Value: v})
	}
	shuffle(data)
	return data
}

func shuffle(data []Example) {
	rand.New(rand.NewPCG(101, 1)).Shuffle(len(data), func(i, j int) { data[i], data[j] = data[j], data[i] })
}
