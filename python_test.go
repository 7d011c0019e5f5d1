package graphpnas_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPythonIsValid parses the Python files, some of which no other test runs because they need further software.
func TestPythonIsValid(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed")
	}
	arguments := []string{"-c", "import ast, sys\nfor name in sys.argv[1:]:\n    ast.parse(open(name, encoding='utf-8').read(), name)"}
	require.NoError(t, fs.WalkDir(os.DirFS("."), ".", func(name string, _ fs.DirEntry, err error) error {
		if filepath.Ext(name) == ".py" {
			arguments = append(arguments, name)
		}
		return err
	}))
	require.Greater(t, len(arguments), 5)
	output, err := exec.CommandContext(t.Context(), python, arguments...).CombinedOutput()
	assert.NoError(t, err, "%s", output)
}
