package network_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// published returns the path of a published table, or skips the test.
func published(t *testing.T, elements ...string) string {
	t.Helper()
	data := os.Getenv("GRAPHPNAS_DATA")
	if data == "" {
		t.Skip("GRAPHPNAS_DATA names no folder of published tables")
	}
	return filepath.Join(append([]string{data}, elements...)...)
}

func plan(t require.TestingT, d network.Design, a searchspace.Arch, in network.Input) *network.Plan {
	p, err := network.NewPlan(d, a, in)
	require.NoError(t, err)
	return p
}

func parse(t require.TestingT, s searchspace.Notation, text string) searchspace.Arch {
	a, err := s.Parse(text)
	require.NoError(t, err)
	return a
}

// TestNASBench201Counts: parameters and FLOPs are those that the benchmark's own interface gives.
func TestNASBench201Counts(t *testing.T) {
	text, err := os.ReadFile(published(t, "nasbench201", "expected.json"))
	require.NoError(t, err)
	var cells []struct {
		Arch string
		Cost map[string]struct{ FLOPs, Params float64 } // in millions, by data set and epochs
	}
	require.NoError(t, json.Unmarshal(text, &cells))
	require.NotEmpty(t, cells)
	inputs := map[string]network.Input{
		"cifar10-valid": {3, 32, 32, 10}, "cifar10": {3, 32, 32, 10}, "cifar100": {3, 32, 32, 100}, "ImageNet16-120": {3, 16, 16, 120},
	}
	for _, cell := range cells {
		require.NotEmpty(t, cell.Cost)
		for set, cost := range cell.Cost {
			name, _, _ := strings.Cut(set, "@")
			p := plan(t, network.NASBench201{}, parse(t, searchspace.NASBench201{}, cell.Arch), inputs[name])
			assert.EqualValues(t, math.Round(cost.Params*1e6), p.Params(), "%s on %s", cell.Arch, set)
			assert.EqualValues(t, math.Round(cost.FLOPs*1e6), p.FLOPs(), "%s on %s", cell.Arch, set)
		}
	}
}

// TestNASBench101Counts: all recorded cells have the parameters that are recorded.
func TestNASBench101Counts(t *testing.T) {
	table, err := nasbench.OpenNB101(published(t, "nasbench101", "nasbench_sample.tfrecord"), nasbench.NB101Options{})
	require.NoError(t, err)
	cells := 0
	for a := range table.Archs() {
		recorded, err := table.Value(a, nasbench.NB101Query{Metric: nasbench.NB101Parameters})
		require.NoError(t, err)
		p := plan(t, network.NASBench101{}, a, network.Input{Channels: 3, Height: 32, Width: 32, Classes: 10})
		require.EqualValues(t, recorded, p.Params(), a)
		cells++
	}
	assert.Equal(t, 10_000, cells)
}
