package predictor

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"

	"github.com/graphpnas/graphpnas/searchspace"
)

func readCSV(t testing.TB, path ...string) [][]string {
	f, err := os.Open(dataFile(t, path...))
	require.NoError(t, err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	return rows[1:]
}

func wirings(t testing.TB) (searchspace.Space, []Example) {
	s, err := searchspace.New("wirings", []searchspace.Part{{Name: "wiring", MaxNodes: 30}}, searchspace.Connected())
	require.NoError(t, err)
	var data []Example
	for _, row := range readCSV(t, "randwire", "wirings30.csv") {
		var edges []searchspace.Edge
		for _, e := range strings.Fields(row[2]) {
			var edge searchspace.Edge
			_, err := fmt.Sscanf(e, "%d-%d", &edge.From, &edge.To)
			require.NoError(t, err)
			edges = append(edges, edge)
		}
		g, err := searchspace.NewDAG("wiring", 30, nil, edges)
		require.NoError(t, err)
		v, err := strconv.ParseFloat(row[3], 64)
		require.NoError(t, err)
		data = append(data, Example{searchspace.NewArch(g), v})
	}
	return s, data
}

func enas(t testing.TB) (searchspace.Space, []Example) {
	s, err := searchspace.NewENASMacro(6)
	require.NoError(t, err)
	var data []Example
	for _, row := range readCSV(t, "enas", "enas6.csv") {
		a, err := s.Parse(row[0])
		require.NoError(t, err)
		v, err := strconv.ParseFloat(row[1], 64)
		require.NoError(t, err)
		data = append(data, Example{a, v})
	}
	return s, data
}

func TestProcWirings(t *testing.T) {
	s, data := wirings(t)
	want := make([]float64, len(data))
	for i, x := range data {
		want[i] = x.Value
	}
	for fold := range uint64(4) {
		start := time.Now()
		got, err := CrossValidate(context.Background(), s, data, 10, fold, func(ctx context.Context, d []Example) (*Predictor, error) {
			return TrainProcess(ctx, s, d, ProcessConfig{})
		})
		require.NoError(t, err)
		t.Logf("assignment %d: tau %.4f r %.4f %v", fold, kendall(got, want), stat.Correlation(got, want, nil), time.Since(start))
	}
}

func TestProcFeatures(t *testing.T) {
	s, data := wirings(t)
	f := Statistics(s)
	var b strings.Builder
	for _, x := range data {
		fmt.Fprintln(&b, strings.Trim(fmt.Sprint(f(x.Arch)), "[]"))
	}
	os.WriteFile("/tmp/wC_scratch/gofeat.txt", []byte(b.String()), 0o644)
	r := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			f(data[0].Arch)
		}
	})
	t.Log(r)
}
