package runs_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/examples/internal/runs"
)

// FuzzRead: what is read from a file is all its whole lines, and the file is then as it was but for the last, incomplete one.
func FuzzRead(f *testing.F) {
	f.Add([]byte("{\"A\":1}\n{\"A\":2}\n{\"A\":"))
	f.Add([]byte("{}\n\n"))
	path := filepath.Join(f.TempDir(), "runs")
	f.Fuzz(func(t *testing.T, text []byte) {
		require.NoError(t, os.WriteFile(path, text, 0o600))
		type record struct{ A int }
		all, err := runs.Read(path, func() record { return record{} })
		if err != nil {
			return
		}
		whole := bytes.Count(text, []byte("\n"))
		require.Len(t, all, whole)
		left, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, text[:bytes.LastIndexByte(text, '\n')+1], left)
	})
}
