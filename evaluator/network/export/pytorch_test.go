package export_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/network/export"
	"github.com/graphpnas/graphpnas/searchspace"
)

// findTorch returns a Python with PyTorch, preferably $PYTHON, or "".
var findTorch = sync.OnceValue(func() string { return findPython("torch", os.Getenv("PYTHON")) })

// TestSameAsPyTorch compares logits with PyTorch, for random members of every space and for a network whose layers have odd names.
func TestSameAsPyTorch(t *testing.T) {
	python := findTorch()
	if python == "" {
		t.Skip("no Python with PyTorch")
	}
	root, cases := t.TempDir(), append(drawCases(t, members), oddNames(t))
	for i, c := range cases {
		c.write(t, filepath.Join(root, fmt.Sprint(i)), func(folder string) {
			var source, weights bytes.Buffer
			require.NoError(t, export.PyTorch(&source, c.plan))
			require.NoError(t, network.Save(&weights, &network.Classifier{Plan: c.plan, Weights: c.weights}))
			in := c.plan.Input()
			for name, content := range map[string]string{
				"network.py": source.String(), "network.safetensors": weights.String(),
				"shape.txt": fmt.Sprintln(in.Channels, in.Height, in.Width),
			} {
				require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(content), 0o666))
			}
		})
	}
	output, err := exec.Command(python, "-B", "testdata/torch_run.py", root).CombinedOutput()
	require.NoError(t, err, "%s", output)
	for i, c := range cases {
		c.compare(t, filepath.Join(root, fmt.Sprint(i)))
	}
}

// oddNames returns a network with layers whose names are not identifiers, are used by Python or nn.Module, or map to the same
// identifier.
func oddNames(t *testing.T) example {
	t.Helper()
	design := network.DesignFunc(func(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
		x := b.Images()
		for _, name := range []string{
			"", "0", "a-b", "a_b", "a b", "class", "forward", "train", "_private", "__init__", "été", `"""`, "\\", "new\nline\ttab", "a.b", "a_b_2",
		} {
			x = b.Conv(name, x, 3, network.Kernel{Size: 1})
		}
		return b.Linear("print(1)\n.exit()", b.GlobalAvgPool(x), b.Classes()), nil
	})
	plan, err := network.NewPlan(design, searchspace.Arch{}, network.Input{Channels: 3, Height: 2, Width: 2, Classes: 2})
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(1, 1))
	return newExample(t, "odd names", plan, rng)
}

// TestPythonRejectsWeights checks that the generated code rejects weights of another network, and files that are truncated or of
// another kind.
func TestPythonRejectsWeights(t *testing.T) {
	python := findTorch()
	if python == "" {
		t.Skip("no Python with PyTorch")
	}
	folder, cases := t.TempDir(), drawCases(t, 1)
	source, err := os.Create(filepath.Join(folder, "network.py"))
	require.NoError(t, err)
	defer source.Close()
	require.NoError(t, export.PyTorch(source, cases[0].plan))
	var other, own bytes.Buffer
	require.NoError(t, network.Save(&other, &network.Classifier{Plan: cases[2].plan, Weights: cases[2].weights}))
	require.NoError(t, network.Save(&own, &network.Classifier{Plan: cases[0].plan, Weights: cases[0].weights}))
	code := "import network\n"
	for name, content := range map[string][]byte{
		"other": other.Bytes(), "short": own.Bytes()[:own.Len()-5], "header": own.Bytes()[:99], "text": []byte("no tensors"), "empty": nil,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), content, 0o666))
		code += fmt.Sprintf("try:\n    network.load(%q)\nexcept ValueError as e:\n    print(e)\n", name)
	}
	run := exec.Command(python, "-B", "-c", code)
	run.Dir = folder
	output, err := run.CombinedOutput()
	require.NoError(t, err, "%s", output)
	for _, message := range []string{
		"other has no tensor ", "short is truncated: it ends before tensor 'head.norm.running_var'", "header is truncated", "text is truncated or not a safetensors file",
		"empty is truncated",
	} {
		assert.Contains(t, string(output), message)
	}
}

// TestInvalidUTF8Names checks that both formats reject names that are not valid UTF-8.
func TestInvalidUTF8Names(t *testing.T) {
	design := network.DesignFunc(func(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
		return b.Linear("caf\xe9", b.GlobalAvgPool(b.Images()), b.Classes()), nil
	})
	plan, err := network.NewPlan(design, searchspace.Arch{}, network.Input{Channels: 3, Height: 2, Width: 2, Classes: 2})
	require.NoError(t, err)
	assert.ErrorContains(t, export.PyTorch(io.Discard, plan), "UTF-8")
	assert.ErrorContains(t, export.ONNX(io.Discard, plan, plan.Layout().Init(rand.New(rand.NewPCG(1, 1)))), "UTF-8")
}

func TestPyTorchErrors(t *testing.T) {
	require.ErrorIs(t, export.PyTorch(fullDisk{}, drawCases(t, 1)[0].plan), os.ErrPermission)
	require.NoError(t, export.PyTorch(io.Discard, drawCases(t, 1)[0].plan))
}
