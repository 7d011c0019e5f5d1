package predictor

import (
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"

	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/searchspace"
)

// readRows returns the rows of a published CSV file without its header.
func readRows(t testing.TB, path ...string) [][]string {
	f, err := os.Open(dataFile(t, path...))
	require.NoError(t, err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	return rows[1:]
}

// wirings returns the 362 random wirings of 30 nodes of Nowak & Janik (2020, arXiv 2002.08104) with their CIFAR-10 accuracies. A
// wiring is any graph whose only source is its first node and whose only sink is its last.
func wirings(t testing.TB) (searchspace.Space, []Example) {
	s, err := searchspace.New("wirings", []searchspace.Part{{Name: "wiring", MaxNodes: 30}}, searchspace.Connected())
	require.NoError(t, err)
	var data []Example
	for _, row := range readRows(t, "randwire", "wirings30.csv") {
		var edges []searchspace.Edge
		for _, text := range strings.Fields(row[2]) {
			var e searchspace.Edge
			_, err := fmt.Sscanf(text, "%d-%d", &e.From, &e.To)
			require.NoError(t, err)
			edges = append(edges, e)
		}
		g, err := searchspace.NewDAG("wiring", 30, nil, edges)
		require.NoError(t, err)
		data = append(data, Example{searchspace.NewArch(g), number(t, row[3])})
	}
	return s, data
}

// enas returns the 19,020 ENAS networks of six layers of D-VAE (Zhang et al. 2019, arXiv 1904.11088) with their accuracies with shared
// weights.
func enas(t testing.TB) (searchspace.Space, []Example) {
	s, err := searchspace.NewENASMacro(6)
	require.NoError(t, err)
	var data []Example
	for _, row := range readRows(t, "enas", "enas6.csv") {
		a, err := s.Parse(row[0])
		require.NoError(t, err)
		data = append(data, Example{a, number(t, row[1])})
	}
	return s, data
}

func number(t testing.TB, text string) float64 {
	x, err := strconv.ParseFloat(text, 64)
	require.NoError(t, err)
	return x
}

func valuesOf(data []Example) []float64 {
	values := make([]float64, len(data))
	for i, x := range data {
		values[i] = x.Value
	}
	return values
}

// BenchmarkWirings reports the mean and the standard error of Kendall's τ-b and of Pearson's correlation over 10 random
// assignments of the wirings to 10 folds.
func BenchmarkWirings(b *testing.B) {
	s, data := wirings(b)
	want := valuesOf(data)
	process := func(ctx context.Context, data []Example) (*Predictor, error) {
		return TrainProcess(ctx, s, data, ProcessConfig{})
	}
	for b.Loop() {
		var taus, correlations []float64
		for assignment := range uint64(10) {
			got, err := CrossValidate(b.Context(), s, data, 10, assignment, process)
			require.NoError(b, err)
			taus, correlations = append(taus, kendall(got, want)), append(correlations, stat.Correlation(got, want, nil))
		}
		reportMean(b, "tau", taus)
		reportMean(b, "pearson", correlations)
	}
}

// reportMean reports a mean and its standard error.
func reportMean(b *testing.B, unit string, x []float64) {
	mean, deviation := stat.MeanStdDev(x, nil)
	b.ReportMetric(mean, unit)
	b.ReportMetric(stat.StdErr(deviation, float64(len(x))), unit+"-stderr")
}

// BenchmarkENAS reports, in the protocol of D-VAE, Pearson's correlation and the root mean square error of standardized accuracies
// over 3 random splits into nine tenths to train on and one tenth to predict.
func BenchmarkENAS(b *testing.B) {
	s, data := enas(b)
	for b.Loop() {
		var correlations, errors []float64
		for split := range uint64(3) {
			rand.New(rand.NewPCG(split, 7)).Shuffle(len(data), func(i, j int) { data[i], data[j] = data[j], data[i] })
			n := len(data) * 9 / 10
			archs := make([]searchspace.Arch, len(data)-n)
			for i, x := range data[n:] {
				archs[i] = x.Arch
			}
			got, want := predict(b, trained(b, s, data[:n], Config{Seed: split}), archs...), valuesOf(data[n:])
			correlations = append(correlations, stat.Correlation(got, want, nil))
			_, deviation := stat.MeanStdDev(valuesOf(data[:n]), nil)
			var squares float64
			for i := range got {
				squares += (got[i] - want[i]) * (got[i] - want[i])
			}
			errors = append(errors, math.Sqrt(squares/float64(len(got)))/deviation)
		}
		reportMean(b, "pearson", correlations)
		reportMean(b, "rmse", errors)
	}
}

// BenchmarkBeyond reports what surrogates predict for architectures outside the two tables: percentiles over 10,000 uniform draws, and
// the results of 5 local searches of 2,000 steps, as fractions of the recorded range.
func BenchmarkBeyond(b *testing.B) {
	for name, table := range map[string]func(b *testing.B) (*Predictor, []Example){
		"wirings": func(b *testing.B) (*Predictor, []Example) {
			s, data := wirings(b)
			return processOf(b, s, data, ProcessConfig{}), data
		},
		"enas": func(b *testing.B) (*Predictor, []Example) {
			s, data := enas(b)
			return trained(b, s, data, Config{}), data
		},
	} {
		b.Run(name, func(b *testing.B) {
			p, data := table(b)
			sorted := slices.Sorted(slices.Values(valuesOf(data)))
			lowest, highest := sorted[0], sorted[len(sorted)-1]
			for b.Loop() {
				draws := predict(b, p, randomArchs(b, p.Space(), newRand(1), 10_000)...)
				slices.Sort(draws)
				for percent, unit := range map[float64]string{0: "min", 0.01: "p1", 0.5: "median", 0.99: "p99", 1: "max"} {
					b.ReportMetric(stat.Quantile(percent, stat.Empirical, draws, nil), "uniform-"+unit)
				}
				var ends []float64
				for seed := range uint64(5) {
					ends = append(ends, climb(b, p, newRand(seed), 2000))
				}
				b.ReportMetric(slices.Min(ends), "climbed-min")
				b.ReportMetric(slices.Max(ends), "climbed-max")
				b.ReportMetric((slices.Max(ends)-lowest)/(highest-lowest), "climbed-share")
			}
		})
	}
}

// climb returns the final value of a local search that keeps a random change if it does not lower the prediction.
func climb(t require.TestingT, p *Predictor, rng *rand.Rand, steps int) float64 {
	at := randomArchs(t, p.Space(), rng, 1)[0]
	best := predict(t, p, at)[0]
	for range steps {
		for next, err := range searchspace.Mutations(p.Space(), at, rng) {
			require.NoError(t, err)
			if v := predict(t, p, next)[0]; v >= best {
				at, best = next, v
			}
			break
		}
	}
	return best
}

func TestLearnsWiringsFromSome(t *testing.T) {
	s, data := wirings(t)
	shuffle(data)
	n := 240
	if race.Enabled {
		n = 120
	}
	p := processOf(t, s, data[:n], ProcessConfig{})
	tau, rho := accuracy(t, p, data[n:])
	t.Logf("tau %.3f, rho %.3f", tau, rho)
	assert.Greater(t, tau, 0.3)
	for _, v := range predict(t, p, randomArchs(t, s, newRand(1), 20)...) {
		assert.True(t, 91.17 < v && v < 93.52, "%v is within the range of all values", v)
	}
}
