package export_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/network/export"
)

// findONNX returns a Python with ONNX Runtime, preferably $ONNX_PYTHON, or "".
var findONNX = sync.OnceValue(func() string { return findPython("onnx onnxruntime", os.Getenv("ONNX_PYTHON")) })

// TestSameAsONNXRuntime compares logits with ONNX Runtime, for random members of every space, different numbers of images, and with
// weights in the model and as external data.
func TestSameAsONNXRuntime(t *testing.T) {
	python := findONNX()
	if python == "" {
		t.Skip("no Python with onnx and onnxruntime")
	}
	root := t.TempDir()
	cases := drawCases(t, members)
	for i, c := range cases {
		c.write(t, filepath.Join(root, fmt.Sprint(i)), func(folder string) {
			model, err := os.Create(filepath.Join(folder, "model.onnx"))
			require.NoError(t, err)
			defer model.Close()
			if i%2 == 0 {
				require.NoError(t, export.ONNX(model, c.plan, c.weights))
				return
			}
			data, err := os.Create(filepath.Join(folder, "weights.bin"))
			require.NoError(t, err)
			defer data.Close()
			require.NoError(t, export.ONNXExternal(model, data, "weights.bin", c.plan, c.weights))
		})
	}
	output, err := exec.Command(python, "-B", "testdata/onnx_run.py", root).CombinedOutput()
	require.NoError(t, err, "%s", output)
	for i, c := range cases {
		c.compare(t, filepath.Join(root, fmt.Sprint(i)))
	}
}

func TestONNXErrors(t *testing.T) {
	c, other := drawCases(t, 1)[0], drawCases(t, 1)[2]
	err := export.ONNX(io.Discard, c.plan, other.weights)
	require.ErrorIs(t, err, network.ErrShape)
	assert.ErrorContains(t, err, "no parameter")
	require.ErrorIs(t, export.ONNX(io.Discard, c.plan, &network.Weights{Layout: c.plan.Layout()}), network.ErrShape)
	for _, location := range []string{"", "../weights.bin", "/weights.bin"} {
		assert.ErrorContains(t, export.ONNXExternal(io.Discard, io.Discard, location, c.plan, c.weights), "inside the model's directory")
	}
	full := fullDisk{}
	require.ErrorIs(t, export.ONNX(full, c.plan, c.weights), os.ErrPermission)
	require.ErrorIs(t, export.ONNXExternal(io.Discard, full, "weights.bin", c.plan, c.weights), os.ErrPermission)
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, os.ErrPermission }

// TestSameModel checks that equal networks give equal files.
func TestSameModel(t *testing.T) {
	for _, c := range drawCases(t, 1) {
		var one, two bytes.Buffer
		require.NoError(t, export.ONNX(&one, c.plan, c.weights))
		require.NoError(t, export.ONNX(&two, c.plan, c.weights))
		assert.Equal(t, one.Bytes(), two.Bytes())
	}
}
