package tool_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/internal/progress"
)

func TestSeedFlags(t *testing.T) {
	var first uint64
	var number int
	flags := flag.NewFlagSet("tool", flag.ContinueOnError)
	tool.SeedFlags(flags, &first, &number, 10, "searches")
	assert.Equal(t, []any{uint64(1), 10}, []any{first, number})
	require.NoError(t, flags.Parse([]string{"-seed", "7", "-seeds", "2"}))
	assert.Equal(t, []any{uint64(7), 2}, []any{first, number})
}

func TestChecks(t *testing.T) {
	assert.NoError(t, tool.Check(tool.Bound{Name: "a", Value: 1, Least: 1}, tool.Bound{Name: "b"}))
	assert.EqualError(t, tool.Check(tool.Bound{Name: "a", Value: 1}, tool.Bound{Name: "b", Value: 1, Least: 2}, tool.Bound{Name: "c", Value: -1}),
		"-b must be at least 2, got 1")
}

func TestChoices(t *testing.T) {
	list := []tool.Named[int]{{Name: "one", Value: 1}, {Name: "two", Value: 2}}
	assert.Equal(t, []string{"one", "two"}, tool.Names(list))
	two, err := tool.Find(list, "number", "two")
	require.NoError(t, err)
	assert.Equal(t, 2, two.Value)
	_, err = tool.Find(list, "number", "ten")
	assert.EqualError(t, err, `unknown number "ten"; there are one, two`)
}

func TestStopped(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("interrupted"))
	assert.EqualError(t, tool.Stopped(ctx, 2, 5, "searches", "found"),
		"interrupted: 2 of 5 searches have finished; the results so far are saved in found; the same command continues")
	assert.EqualError(t, tool.Stopped(ctx, 0, 1, "seeds", ""), "interrupted: 0 of 1 seeds have finished; nothing is saved without -out DIR")
	assert.EqualError(t, tool.Unfinished(ctx, 1, 3, "seeds"), "interrupted: 1 of 3 seeds have finished")
}

func TestBest(t *testing.T) {
	var screen bytes.Buffer
	display := progress.New(&screen)
	defer display.Close()
	best := tool.NewBest(display.Bar(progress.Options{Total: 4}))
	var noted []float64
	for _, e := range []struct {
		ok    bool
		value float64
	}{{false, 9}, {true, -3}, {true, -5}, {true, -1}} {
		if best.Count(e.ok, e.value, "best") {
			noted = append(noted, e.value)
		}
	}
	assert.Equal(t, []float64{-3, -1}, noted)
}

func TestSum(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	_, err := tool.Sum(path)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(path, []byte("abc"), 0o666))
	sum, err := tool.Sum(path)
	require.NoError(t, err)
	assert.Equal(t, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", sum) // FIPS 180-2, appendix B.1
}
