package zerocost_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/zerocost"
	"github.com/graphpnas/graphpnas/internal/rankcorr"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// sampleNB201 returns 200 cells of NAS-Bench-201 with their accuracies on CIFAR-10: on the validation images after 12 epochs, and on the
// test images after 200.
func sampleNB201(t testing.TB) (archs []searchspace.Arch, valid12, test200 []float64) {
	dir := os.Getenv("GRAPHPNAS_DATA")
	if dir == "" {
		t.Skip("GRAPHPNAS_DATA is not set to the directory of the benchmark files")
	}
	table, err := nasbench.Open(filepath.Join(dir, "nasbench201", "nb201.csv"), searchspace.NASBench201{})
	require.NoError(t, err)
	archs = slices.Collect(table.Archs())
	rand.New(rand.NewPCG(0, 1)).Shuffle(len(archs), func(i, j int) { archs[i], archs[j] = archs[j], archs[i] })
	archs = archs[:200]
	for column, values := range map[string]*[]float64{"cifar10_valid_12": &valid12, "cifar10_test_200": &test200} {
		for _, a := range archs {
			v, err := table.Value(a, column)
			require.NoError(t, err)
			*values = append(*values, v)
		}
	}
	return archs, valid12, test200
}

// scoresOf returns the values of an evaluator, or one of its metrics if metric is not empty.
func scoresOf(t testing.TB, e evaluator.Evaluator, archs []searchspace.Arch, metric string) []float64 {
	scores := make([]float64, len(archs))
	for o := range (evaluator.Pool{Evaluator: e}).Run(t.Context(), slices.Values(archs)) {
		require.NoError(t, o.Err)
		scores[o.Index] = o.Result.Value
		if metric != "" {
			scores[o.Index] = o.Result.Metrics[metric]
		}
	}
	return scores
}

// TestScoresOrderNB201 scores small networks for the embedded digits.
func TestScoresOrderNB201(t *testing.T) {
	archs, valid, test := sampleNB201(t)
	images, in := digits(t, 32)
	c := zerocost.Config{Design: network.NASBench201{Channels: 4, Cells: 1}, Input: in, Seed: 1}
	for name, s := range map[string]*zerocost.Scorer{"NASWOT": mustNASWOT(t, c, images), "synflow": mustSynflow(t, c)} {
		scores := scoresOf(t, s, archs, "")
		valid, test := rankcorr.Spearman(scores, valid), rankcorr.Spearman(scores, test)
		t.Logf("%s: %.3f, %.3f", name, valid, test)
		assert.Greater(t, valid, 0.3, name)
		assert.Greater(t, test, 0.6, name)
	}
}

// BenchmarkNB201 scores 200 cells in networks of 8 channels and one cell per stage for Fashion-MNIST. It reports the rank correlations
// of the scores, and of the numbers of parameters, with the accuracies on CIFAR-10.
func BenchmarkNB201(b *testing.B) {
	const dir = "/usr/share/datasets/fashion-mnist" // from Debian's package
	if _, err := os.Stat(dir); err != nil {
		b.Skip(err)
	}
	fashion, err := dataset.OpenFashionMNIST(dir)
	require.NoError(b, err)
	images, in := firstBatch(b, fashion.Train, 32)
	archs, valid, test := sampleNB201(b)
	c := zerocost.Config{Design: network.NASBench201{Channels: 8, Cells: 1}, Input: in, Seed: 1}
	for _, s := range []struct {
		name   string
		score  evaluator.Evaluator
		metric string
	}{
		{"NASWOT", mustNASWOT(b, c, images), ""},
		{"synflow", mustSynflow(b, c), ""},
		{"params", mustSynflow(b, c), zerocost.Params},
	} {
		b.Run(s.name, func(b *testing.B) {
			var scores []float64
			for b.Loop() {
				scores = scoresOf(b, s.score, archs, s.metric)
			}
			b.ReportMetric(rankcorr.Spearman(scores, valid), "rho/valid12")
			b.ReportMetric(rankcorr.Spearman(scores, test), "rho/test200")
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1e3/float64(b.N*len(archs)), "ms/score")
		})
	}
}
