package export_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/network/internal/draw"
)

// TestInterpreterInPyTorch checks for random members of every space that examples/pytorch computes the same logits, gradients and
// running statistics as Go, and that Go can read the networks that it saves.
func TestInterpreterInPyTorch(t *testing.T) {
	python := findTorch()
	if python == "" {
		t.Skip("no Python with PyTorch")
	}
	root, cases := t.TempDir(), append(drawCases(t, max(members, steps)), oddNames(t))
	for i := range steps * len(draw.Spaces()) {
		cases[i].avoidKinks(t)
	}
	for i, c := range cases {
		c.write(t, folderOf(root, i), func(folder string) {
			var weights bytes.Buffer
			require.NoError(t, network.Save(&weights, &network.Classifier{Plan: c.plan, Weights: c.weights}))
			plan, err := json.Marshal(c.plan)
			require.NoError(t, err)
			labels, err := json.Marshal(c.labels())
			require.NoError(t, err)
			for name, content := range map[string][]byte{
				"plan.json": plan, "network.safetensors": weights.Bytes(), "labels.json": labels,
			} {
				require.NoError(t, os.WriteFile(filepath.Join(folder, name), content, 0o666))
			}
		})
	}
	output, err := exec.Command(python, "-B", "testdata/interpreter_run.py", root).CombinedOutput()
	require.NoError(t, err, "%s", output)
	for i, c := range cases {
		c.compare(t, folderOf(root, i))
		c.compareSaved(t, folderOf(root, i))
		if i < steps*len(draw.Spaces()) {
			c.compareStep(t, folderOf(root, i))
		}
	}
}

// steps is the number of networks of each space whose training step is compared.
const steps = 20

// folderOf returns the folder of case i. The names sort in the order of the cases.
func folderOf(root string, i int) string { return filepath.Join(root, fmt.Sprintf("%05d", i)) }

// labels returns the labels of a training step.
func (c example) labels() []int {
	all := make([]int, images)
	for i := range all {
		all[i] = (3*i + 1) % c.plan.Input().Classes
	}
	return all
}

// compareSaved checks that the network saved by Python equals the one that it loaded.
func (c example) compareSaved(t *testing.T, folder string) {
	t.Helper()
	file, err := os.Open(filepath.Join(folder, "saved.safetensors"))
	require.NoError(t, err)
	defer file.Close()
	saved, err := network.Load(file)
	require.NoError(t, err, c.space)
	assert.Equal(t, c.plan.Document(), saved.Plan.Document(), c.space)
	assert.Equal(t, c.weights.Params, saved.Weights.Params, c.space)
	assert.Equal(t, c.weights.Statistics, saved.Weights.Statistics, c.space)
}

// avoidKinks draws new images if rounding could change the gradient by more than compareStep allows. The gradient is
// discontinuous if the input of a ReLU is zero or if two pixels of a pooling window are equal. With many thousands of values, one
// is often that close to a discontinuity, and the gradients of two programs may then differ by a tenth.
func (c *example) avoidKinks(t *testing.T) {
	t.Helper()
	rng := rand.New(rand.NewPCG(2, 2))
	for range 100 {
		want, steady := c.gradient(t, c.images), true
		for range 3 {
			moved := slices.Clone(c.images)
			for i := range moved {
				moved[i] *= 1 + float32(3e-6*rng.NormFloat64())
			}
			steady = steady && c.near(want, c.gradient(t, moved), tolerance/3)
		}
		if steady {
			return
		}
		*c = newExample(t, c.space, c.plan, rng)
	}
	t.Fatalf("%s, %s: no images without kinks", c.space, c.plan.Arch())
}

// gradient returns the gradient of a training step. It updates the running statistics of a copy of the weights.
func (c *example) gradient(t *testing.T, images []float32) []float32 {
	t.Helper()
	weights := *c.weights
	weights.Statistics = slices.Clone(weights.Statistics)
	net, err := c.plan.Build(&weights, network.Options{})
	require.NoError(t, err)
	_, err = net.Gradient(network.Batch{Images: images, Labels: c.labels()}, 0)
	require.NoError(t, err)
	gradient, err := net.Learned()[0].Grad()
	require.NoError(t, err)
	return slices.Clone(gradient.Data().([]float32))
}

// near reports whether two gradients agree by the criterion of compareStep.
func (c *example) near(want, got []float32, tolerance float64) bool {
	least := 0.1 * largest(want)
	for _, p := range c.plan.Layout().Parameters() {
		bound := tolerance*max(largest(want[:p.Size()]), least) + 1e-9
		for i, v := range want[:p.Size()] {
			if math.Abs(float64(v-got[i])) > bound {
				return false
			}
		}
		want, got = want[p.Size():], got[p.Size():]
	}
	return true
}

// tolerance is relative to the largest value of a parameter.
const tolerance = 1e-3

// compareStep compares gradients and running statistics after a training step. They must agree within 1e-3 of the parameter's
// largest value. Gradients that should be zero, such as those of biases before batch normalization, consist of rounding errors of
// much larger terms, so a difference of 1e-4 of the largest gradient of all parameters is allowed too.
func (c example) compareStep(t *testing.T, folder string) {
	t.Helper()
	net, err := c.plan.Build(c.weights, network.Options{})
	require.NoError(t, err)
	_, err = net.Gradient(network.Batch{Images: c.images, Labels: c.labels()}, 0)
	require.NoError(t, err)
	gradient, err := net.Learned()[0].Grad()
	require.NoError(t, err)
	want := gradient.Data().([]float32)

	file, err := os.Open(filepath.Join(folder, "step.safetensors"))
	require.NoError(t, err)
	defer file.Close()
	got, err := network.ReadWeights(file, c.plan)
	require.NoError(t, err)
	least := 0.1 * largest(want)
	for _, p := range c.plan.Layout().Parameters() {
		one := want[:p.Size()]
		want = want[p.Size():]
		require.InDeltaSlice(t, one, got.Of(p.Name), tolerance*max(largest(one), least)+1e-9, "%s, %s: gradient of %s", c.space, c.plan.Arch(), p.Name)
	}
	for _, s := range c.plan.Layout().Statistics() {
		one := c.weights.Of(s.Name)
		require.InDeltaSlice(t, one, got.Of(s.Name), tolerance*largest(one)+1e-9, "%s, %s: %s", c.space, c.plan.Arch(), s.Name)
	}
}

// largest returns the largest magnitude.
func largest(x []float32) float64 {
	return max(math.Abs(float64(slices.Max(x))), math.Abs(float64(slices.Min(x))))
}
