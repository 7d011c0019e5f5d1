package main

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/store"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestMerge(t *testing.T) {
	space := searchspace.NASBench201{}
	directory := t.TempDir()
	mine, theirs := filepath.Join(directory, "mine.db"), filepath.Join(directory, "theirs.db")
	for i, path := range []string{mine, theirs} {
		db, err := store.Open(path)
		require.NoError(t, err)
		e := db.Evaluator(space, "", evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
			return evaluator.Result{Value: float64(i)}, nil
		}))
		for _, text := range []string{"|none~0|+|none~0|none~1|+|none~0|none~1|none~2|", "|none~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|"}[:i+1] {
			a, err := space.Parse(text)
			require.NoError(t, err)
			_, err = e.Evaluate(t.Context(), a)
			require.NoError(t, err)
		}
		require.NoError(t, db.Close())
	}
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), mine, []string{theirs}, &out))
	assert.Contains(t, out.String(), "conflict: nasbench201")
	assert.Contains(t, out.String(), "theirs.db: 1 evaluations added, 0 completed, 0 already known, 0 searches added or extended, 1 conflicts\n")
	assert.Error(t, run(t.Context(), mine, []string{filepath.Join(directory, "none.db")}, &out))
	assert.Error(t, run(t.Context(), "", nil, &out))
}
