package report

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/rl/report"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestAPageShowsWhatWasKept(t *testing.T) {
	space := searchspace.NASBench201{}
	s, err := rl.New(space, baseline.RandomSearch{}, rl.Config{Evaluations: 5})
	require.NoError(t, err)
	h, err := s.Run(t.Context(), evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: float64(a.Part(0).NumEdges())}, nil
	}))
	require.NoError(t, err)
	dir := t.TempDir()
	entries := []Entry{
		{ID: "first", Space: space, Options: report.Options{Name: "the first"}}, {ID: "second", Space: space, Options: report.Options{Name: "the second"}},
	}
	require.NoError(t, Page(dir, "Seeds", entries))
	assert.NoFileExists(t, filepath.Join(dir, "report.html"), "nothing is kept")
	require.NoError(t, Keep(dir, "second", h))
	require.NoError(t, Page(dir, "Seeds", entries))
	page, err := os.ReadFile(filepath.Join(dir, "report.html"))
	require.NoError(t, err)
	assert.Contains(t, string(page), `"name":"the second"`)
	assert.NotContains(t, string(page), `"name":"the first"`)
	require.NoError(t, Keep("", "second", h))
	require.NoError(t, Page("", "Seeds", entries))
	require.NoError(t, os.WriteFile(history(dir, "second"), []byte("no history\n"), 0o600))
	assert.ErrorContains(t, Page(dir, "Seeds", entries), "line 1")
}
