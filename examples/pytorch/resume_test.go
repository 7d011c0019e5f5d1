package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/generator/explore"
)

// relay is a training that passes from Go to Python and back, in a folder with the files that testdata/resume.py reads.
type relay struct {
	folder string
	plan   *network.Plan
	images *oracle.Images
	recipe oracle.Recipe
	seed   uint64
}

// newRelay prepares the training of a network on the digits.
func newRelay(t *testing.T, seed uint64) relay {
	t.Helper()
	digits, err := dataset.Digits()
	require.NoError(t, err)
	valid, train, err := digits.Train.Split(seed, 597)
	require.NoError(t, err)
	images, err := oracle.NewImages(t.Context(), train, valid, nil)
	require.NoError(t, err)
	archs, err := explore.NewUniform(space).Sample(t.Context(), rand.New(rand.NewPCG(3, 1)), 1)
	require.NoError(t, err)
	plan, err := network.NewPlan(network.NASBench201{Channels: 4, Cells: 1}, archs[0], images.Input())
	require.NoError(t, err)
	r := relay{t.TempDir(), plan, images, oracle.Recipe{Epochs: 6, Batch: 64, LearningRate: 0.05, Pad: 1}, seed}
	r.writeJSON(t, "plan.json", plan)
	r.writeJSON(t, "normalization.json", [][]float32{images.Normalization.Mean, images.Normalization.Deviation})
	r.writeSet(t, "train", train)
	r.writeSet(t, "valid", valid)
	return r
}

func (r relay) writeJSON(t *testing.T, name string, value any) {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(r.folder, name), text, 0o666))
}

// writeSet writes images and labels as IDX files.
func (r relay) writeSet(t *testing.T, name string, set *dataset.Set) {
	t.Helper()
	shape, n := set.Shape(), set.Len()
	images := idx(n, shape.Height, shape.Width)
	labels := idx(n)
	pixels := make([]uint8, shape.Size())
	for i, label := range set.Labels() {
		require.NoError(t, set.Read(i, pixels))
		images, labels = append(images, pixels...), append(labels, byte(label))
	}
	require.NoError(t, os.WriteFile(filepath.Join(r.folder, name+".idx"), images, 0o666))
	require.NoError(t, os.WriteFile(filepath.Join(r.folder, name+".labels"), labels, 0o666))
}

// idx is the header of an IDX file of bytes.
func idx(sizes ...int) []byte {
	header := []byte{0, 0, 8, byte(len(sizes))}
	for _, n := range sizes {
		header = binary.BigEndian.AppendUint32(header, uint32(n))
	}
	return header
}

// curve trains for two epochs in each of three turns, in Python those that are marked, and returns the accuracy on the
// validation images after every epoch.
func (r relay) curve(t *testing.T, inPython [3]bool) (curve []float64) {
	t.Helper()
	training, err := oracle.NewTraining(r.plan, r.images, r.recipe, oracle.Options{Seed: r.seed})
	require.NoError(t, err)
	for _, python := range inPython {
		if python {
			curve = append(curve, r.turn(t, training)...)
			continue
		}
		for range 2 {
			require.NoError(t, training.Epoch(t.Context()))
			figures, err := training.Measure(t.Context(), r.images.Valid)
			require.NoError(t, err)
			curve = append(curve, figures.Accuracy)
		}
	}
	return curve
}

// turn has Python train for two epochs.
func (r relay) turn(t *testing.T, training *oracle.Training) (curve []float64) {
	t.Helper()
	path, epoch := filepath.Join(r.folder, "training.safetensors"), training.Progress().Epoch
	var file bytes.Buffer
	require.NoError(t, training.Save(&file))
	require.NoError(t, os.WriteFile(path, file.Bytes(), 0o666))
	recipe := fmt.Sprintf(`{"epochs": %d, "batch": %d, "rate": %g, "pad": %d, "flip": 0}`,
		r.recipe.Epochs, r.recipe.Batch, r.recipe.LearningRate, r.recipe.Pad)
	out, err := exec.Command(python(t), "-B", "testdata/resume.py", r.folder, "2", fmt.Sprint(r.seed), recipe).CombinedOutput()
	require.NoError(t, err, "%s", out)
	for _, line := range strings.Fields(string(out)) {
		v, err := strconv.ParseFloat(line, 64)
		require.NoError(t, err)
		curve = append(curve, v)
	}
	saved, err := os.Open(path)
	require.NoError(t, err)
	defer saved.Close()
	require.NoError(t, training.Load(saved))
	require.Equal(t, epoch+2, training.Progress().Epoch)
	return curve
}

// relaySeeds is how many trainings are compared: $RELAY_SEEDS, or 1.
func relaySeeds() uint64 {
	if n, err := strconv.ParseUint(os.Getenv("RELAY_SEEDS"), 10, 16); err == nil {
		return n
	}
	return 1
}

// A training that starts in Go, goes on in PyTorch and ends in Go has the accuracies of one in Go alone, and in PyTorch alone.
func TestTrainingInTurns(t *testing.T) {
	seeds := relaySeeds()
	kinds := map[string][3]bool{"Go": {}, "in turns": {false, true, false}, "PyTorch": {true, true, true}}
	curves := map[string][][]float64{}
	for seed := range seeds {
		r := newRelay(t, seed)
		for name, inPython := range kinds {
			curves[name] = append(curves[name], r.curve(t, inPython))
		}
	}
	mean := func(name string, epoch int) (float64, float64) {
		var values []float64
		for _, curve := range curves[name] {
			values = append(values, curve[epoch])
		}
		return stat.MeanStdDev(values, nil)
	}
	// Between seeds, accuracies of the last two epochs have a standard deviation of about 4 points.
	noise := 4 * 4 * math.Sqrt(2/float64(seeds))
	for epoch := range 6 {
		reference, _ := mean("Go", epoch)
		for name := range kinds {
			m, s := mean(name, epoch)
			t.Logf("epoch %d, %s: %.2f ± %.2f", epoch+1, name, m, s)
			if epoch >= 4 {
				assert.InDelta(t, reference, m, noise, "epoch %d, %s", epoch+1, name)
			}
		}
	}
}
