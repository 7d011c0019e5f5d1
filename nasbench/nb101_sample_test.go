package nasbench_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/tfrecord"
	"github.com/graphpnas/graphpnas/nasbench"
)

var publishedEpochs = []int{4, 12, 36, 108}

// sampleNB101 returns the path of a file with 10,000 cells of NAS-Bench-101 and their published
// validation accuracies, one training run each.
func sampleNB101(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("GRAPHPNAS_DATA")
	if dir == "" {
		t.Skip("GRAPHPNAS_DATA is not set to the directory of the benchmark files")
	}
	return filepath.Join(dir, "nasbench101", "nasbench_sample.tfrecord")
}

func TestSampleOfNB101(t *testing.T) {
	benchmark, err := nasbench.OpenNB101(sampleNB101(t), nasbench.NB101Options{Epochs: publishedEpochs})
	require.NoError(t, err)
	assert.Equal(t, 10_000, benchmark.Len())
	assert.Equal(t, publishedEpochs, benchmark.Epochs())
	require.NoError(t, benchmark.Verify(t.Context()), "md5 of 10,000 cells")

	cells := 0
	for key := range benchmark.Keys() {
		for _, epochs := range publishedEpochs {
			require.Equal(t, 1, benchmark.Repeats(key, epochs))
			for metric, recorded := range map[nasbench.NB101Metric]bool{
				nasbench.NB101ValidationAccuracy: true,
				nasbench.NB101Parameters:         true,
				nasbench.NB101TrainAccuracy:      false,
				nasbench.NB101TestAccuracy:       false,
				nasbench.NB101TrainingTime:       epochs == 108,
			} {
				v, err := benchmark.ValueOfKey(key, nasbench.NB101Query{Metric: metric, Epochs: epochs})
				if recorded {
					require.NoError(t, err)
					require.Positive(t, v)
				} else {
					require.ErrorIs(t, err, nasbench.ErrNotRecorded)
				}
			}
			_, err := benchmark.ValueOfKey(key, nasbench.NB101Query{Epochs: epochs, Halfway: true})
			require.ErrorIs(t, err, nasbench.ErrNotRecorded)
		}
		cells++
	}
	assert.Equal(t, 10_000, cells)
}

func TestValuesOfTheSampleOfNB101(t *testing.T) {
	benchmark, err := nasbench.OpenNB101(sampleNB101(t), nasbench.NB101Options{Epochs: publishedEpochs})
	require.NoError(t, err)
	for _, c := range []struct {
		key   string
		query nasbench.NB101Query
		want  float64
	}{
		{"00005c142e6f48ac74fdcf73e3439874", nasbench.NB101Query{Epochs: 4}, 0.3604767620563507},
		{"00005c142e6f48ac74fdcf73e3439874", nasbench.NB101Query{Epochs: 12}, 0.42197516560554504},
		{"00005c142e6f48ac74fdcf73e3439874", nasbench.NB101Query{}, 0.9304887652397156},
		{"00005c142e6f48ac74fdcf73e3439874", nasbench.NB101Query{Metric: nasbench.NB101TrainingTime}, 1768.9759521484375},
		{"00005c142e6f48ac74fdcf73e3439874", nasbench.NB101Query{Metric: nasbench.NB101Parameters, Epochs: 4}, 8555530},
		{"0000718c96730a92ea6d5242f8ce77e2", nasbench.NB101Query{Epochs: 36, Repeat: 1}, 0.8254206776618958},
	} {
		v, err := benchmark.ValueOfKey(c.key, c.query)
		require.NoError(t, err)
		assert.Equal(t, c.want, v)
	}

	e, err := benchmark.Evaluator(nasbench.NB101Query{})
	require.NoError(t, err)
	for a := range benchmark.Archs() { // the first one is the cell above
		r, err := e.Evaluate(t.Context(), a)
		require.NoError(t, err)
		assert.Equal(t, 0.9304887652397156, r.Value)
		assert.Equal(t, map[string]float64{"training_time": 1768.9759521484375, "trainable_parameters": 8555530}, r.Metrics)
		assert.Equal(t, 1768.975952148, r.Cost.Seconds())
		break
	}
}

// A file with only the records of 108 epochs, every fourth of the sample, gives the same benchmark as the sample.
func TestRoundTripOfTheSampleOfNB101(t *testing.T) {
	path := sampleNB101(t)
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	records, err := tfrecord.NewReader(file, 1<<10)
	require.NoError(t, err)
	var all, only108 bytes.Buffer
	to, to108 := tfrecord.NewWriter(&all), tfrecord.NewWriter(&only108)
	for {
		record, err := records.Append(nil)
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		require.NoError(t, to.Write(record))
		if bytes.Contains(record, []byte(`", 108, "`)) {
			require.NoError(t, to108.Write(record))
		}
	}
	published, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, bytes.Equal(published, all.Bytes()))

	want, err := nasbench.OpenNB101(path, nasbench.NB101Options{})
	require.NoError(t, err)
	got, err := readNB101(only108.Bytes())
	require.NoError(t, err)
	require.Equal(t, want.Len(), got.Len())
	for key := range want.Keys() {
		for _, metric := range []nasbench.NB101Metric{
			nasbench.NB101ValidationAccuracy, nasbench.NB101TrainingTime, nasbench.NB101Parameters,
		} {
			a, err := want.ValueOfKey(key, nasbench.NB101Query{Metric: metric})
			require.NoError(t, err)
			b, err := got.ValueOfKey(key, nasbench.NB101Query{Metric: metric})
			require.NoError(t, err)
			require.Equal(t, a, b)
		}
	}
}
