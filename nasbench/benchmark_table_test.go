package nasbench_test

import (
	"context"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestNB101Table(t *testing.T) {
	benchmark := threeAndOne(t)
	table := benchmark.Table()
	assert.Equal(t, []string{
		"validation_accuracy_36", "test_accuracy_36", "training_time_36",
		"validation_accuracy_108", "test_accuracy_108", "training_time_108", "trainable_parameters",
	}, table.Columns())
	require.NoError(t, table.Verify(t.Context()))
	nan := math.NaN()
	for i, want := range [][]float64{{0.125, 0.5, 400, 0.25, nan, 3000, 1234}, {0.75, nan, nan, nan, nan, nan, nan}} {
		a := []searchspace.Arch{cell101(t, conv3), cell101(t, pool3)}[i]
		for j, column := range table.Columns() {
			v, err := table.Value(a, column)
			if math.IsNaN(want[j]) {
				assert.ErrorIs(t, err, nasbench.ErrNotRecorded)
				continue
			}
			require.NoError(t, err)
			assert.Equal(t, want[j], v, column)
		}
	}
	again, err := readParquet(inParquet(t, table), searchspace.NASBench101{})
	require.NoError(t, err)
	requireSameTable(t, table, again)
}

func TestTableOfTheSampleOfNB101(t *testing.T) {
	benchmark, err := nasbench.OpenNB101(sampleNB101(t), nasbench.NB101Options{Epochs: publishedEpochs})
	require.NoError(t, err)
	table, err := readParquet(inParquet(t, benchmark.Table()), searchspace.NASBench101{})
	require.NoError(t, err)
	assert.Equal(t, 10_000, table.Len())
	require.NoError(t, table.Verify(t.Context()))
	with, err := table.WithCost("training_time_108")
	require.NoError(t, err)
	fromTable, err := with.Evaluator("validation_accuracy_108")
	require.NoError(t, err)
	fromFile, err := benchmark.Evaluator(nasbench.NB101Query{})
	require.NoError(t, err)
	for i, a := range slices.Collect(benchmark.Archs()) {
		if i%100 != 0 {
			continue
		}
		want, err := fromFile.Evaluate(t.Context(), a)
		require.NoError(t, err)
		got, err := fromTable.Evaluate(t.Context(), a)
		require.NoError(t, err)
		assert.Equal(t, want.Value, got.Value)
		assert.Equal(t, want.Cost, got.Cost)
	}
}

// The table of the two published cells agrees with the Python API.
func TestTableOfPublishedNATS(t *testing.T) {
	n, err := nasbench.PartOfNATS(openNATS(t, publishedNATS(t)), 0, 11)
	require.NoError(t, err)
	var progress []int
	table, err := n.Table(t.Context(), func(cells int) { progress = append(progress, cells) })
	require.NoError(t, err)
	assert.Equal(t, []int{1, 2}, progress)
	assert.Equal(t, 2, table.Len())
	require.NoError(t, table.Verify(t.Context()))
	figures := map[string]float64{}
	for _, want := range readNATSExpectations(t, filepath.Join(filepath.Dir(published(t)), "expected.json")) {
		for training, name := range map[string]string{
			"cifar10-valid": "cifar10_valid", "cifar10": "cifar10_test", "cifar100": "cifar100", "ImageNet16-120": "imagenet16",
		} {
			for _, epochs := range []string{"12", "200"} {
				info := want.Metrics[training+"@"+epochs]
				figures[name+"_seconds_"+epochs] = info[nasbench.NATSTrainAllTime]
				switch training {
				case "cifar10-valid":
					figures["cifar10_valid_"+epochs] = info[nasbench.NATSValidAccuracy]
				case "cifar10":
					figures["cifar10_test_"+epochs] = info[nasbench.NATSTestAccuracy]
				default:
					figures[name+"_valid_"+epochs] = info[nasbench.NATSValidAccuracy]
					figures[name+"_test_"+epochs] = info[nasbench.NATSTestAccuracy]
				}
			}
			if training != "cifar10-valid" {
				for _, metric := range []nasbench.NATSMetric{nasbench.NATSParams, nasbench.NATSFLOPs, nasbench.NATSLatency} {
					figures[strings.TrimSuffix(name, "_test")+"_"+string(metric)] = want.Cost[training+"@200"][metric]
				}
			}
		}
		got := map[string]float64{}
		for _, column := range table.Columns() {
			got[column], err = table.Value(cell(t, want.Arch), column)
			require.NoError(t, err)
		}
		assert.InDeltaMapValues(t, figures, got, 1e-9)
	}
	again, err := readParquet(inParquet(t, table), searchspace.NASBench201{})
	require.NoError(t, err)
	requireSameTable(t, table, again)
}

// The columns of the available table of all cells have the same names in NATS.Table.
func TestTableOfPublishedNATSIsThePublishedTable(t *testing.T) {
	n, err := nasbench.PartOfNATS(openNATS(t, publishedNATS(t)), 0, 11)
	require.NoError(t, err)
	table, err := n.Table(t.Context(), nil)
	require.NoError(t, err)
	all, err := nasbench.Open(published(t), searchspace.NASBench201{})
	require.NoError(t, err)
	for a := range table.Archs() {
		for _, column := range all.Columns() {
			want, err := all.Value(a, column)
			require.NoError(t, err)
			got, err := table.Value(a, column)
			require.NoError(t, err)
			assert.InDelta(t, want, got, 1e-4, column)
		}
	}
}

func TestNATSTableLeavesOutUnrecordedFigures(t *testing.T) {
	table, err := openNATS(t, writeNATS(t, newSmallNATS().meta)).Table(t.Context(), nil)
	require.NoError(t, err)
	recorded := map[string]float64{}
	for _, column := range table.Columns() {
		if v, err := table.Value(cell(t, skips), column); err == nil {
			recorded[column] = v
		}
	}
	assert.Equal(t, map[string]float64{"cifar10_valid_12": 30, "cifar10_valid_seconds_12": 12}, recorded)
}

func TestNATSTableFails(t *testing.T) {
	for _, form := range natsForms {
		_, err := openNATS(t, natsPath(form)).Table(t.Context(), nil)
		require.ErrorIs(t, err, nasbench.ErrNotRecorded)
		assert.ErrorContains(t, err, "architecture 1 |")
		assert.ErrorContains(t, err, form)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := openNATS(t, natsPath("simple")).Table(ctx, nil)
	assert.ErrorIs(t, err, context.Canceled)

	s := newSmallNATS()
	s.run["train_times"].(pyDict)[0] = math.Inf(1)
	_, err = openNATS(t, writeNATS(t, s.meta)).Table(t.Context(), nil)
	assert.ErrorContains(t, err, "cifar10_valid_seconds_12 is infinite")
}
