package report

import (
	"context"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
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

// Histories beyond the limit of a page are not opened.
func TestPagesAreLimited(t *testing.T) {
	space, dir := searchspace.NASBench201{}, t.TempDir()
	var entries []Entry
	for i := range mostSearches + 20 {
		id := strconv.Itoa(i)
		entries = append(entries, Entry{ID: id, Space: space, Options: report.Options{Name: "search " + id}})
		require.NoError(t, Keep(dir, id, &rl.History{Space: space.Name()}))
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // it closes files that are no longer used
	before := openFiles(t)
	require.NoError(t, Page(dir, "Seeds", entries))
	assert.Equal(t, before, openFiles(t))
	page, err := os.ReadFile(filepath.Join(dir, "report.html"))
	require.NoError(t, err)
	assert.Contains(t, string(page), `"name":"search 99"`)
	assert.NotContains(t, string(page), `"name":"search 100"`)
}

// openFiles returns the number of files that this process has open.
func openFiles(t *testing.T) int {
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("the system does not list open files")
	}
	return len(files)
}
