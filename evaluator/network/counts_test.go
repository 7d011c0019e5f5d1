package network_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// published returns the path of a published table, or skips the test if GRAPHPNAS_DATA is not set.
func published(t *testing.T, elements ...string) string {
	t.Helper()
	data := os.Getenv("GRAPHPNAS_DATA")
	if data == "" {
		t.Skip("GRAPHPNAS_DATA is not set to a directory of published tables")
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

// TestNASBench201Counts checks that parameters and FLOPs agree with the benchmark's own API.
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

// TestNASBench101Counts checks the numbers of parameters of all recorded cells.
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

// TestRandWireCounts checks that networks of the small regime have, on average, the published 5.6 million parameters and 583 million
// multiplications (Xie et al. 2019, table 2).
func TestRandWireCounts(t *testing.T) {
	small, err := explore.NewWattsStrogatz(searchspace.RandWire{}, 4, 0.75)
	require.NoError(t, err)
	archs, err := small.Sample(t.Context(), rand.New(rand.NewPCG(1, 1)), 30)
	require.NoError(t, err)
	var params, flops float64
	for _, a := range archs {
		p := plan(t, network.RandWire{}, a, network.Input{Channels: 3, Height: 224, Width: 224, Classes: 1000})
		params += float64(p.Params()) / 1e6 / float64(len(archs))
		flops += float64(p.FLOPs()) / 1e6 / float64(len(archs))
	}
	t.Logf("%.3f M parameters, %.1f M multiplications", params, flops)
	assert.InDelta(t, 5.6, params, 0.1)
	assert.InDelta(t, 583, flops, 7)
}

// secondOrder is the pair of cells that second-order DARTS found on CIFAR-10.
const secondOrder = `Genotype(
	normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 1),
		('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], normal_concat=[2, 3, 4, 5],
	reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1), ('max_pool_3x3', 0),
		('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], reduce_concat=[2, 3, 4, 5])`

// TestDARTSCounts checks that the network has the published 3.3 million parameters (Liu et al. 2019, table 1), more exactly 3.35.
func TestDARTSCounts(t *testing.T) {
	p := plan(t, network.DARTS{}, parse(t, searchspace.DARTS{}, secondOrder), network.Input{Channels: 3, Height: 32, Width: 32, Classes: 10})
	assert.EqualValues(t, 3_349_342, p.Params())
}
