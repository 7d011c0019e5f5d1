package main

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/store"
	"github.com/graphpnas/graphpnas/searchspace"
)

// two returns two functions that train quickly.
func two(t *testing.T) []function {
	var functions []function
	for _, cell := range []string{
		"|none~0|+|none~0|none~1|+|none~0|none~1|none~2|",
		"|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|",
	} {
		a, err := space.Parse(cell)
		require.NoError(t, err)
		functions = append(functions, function{cells: []searchspace.Arch{a}, trained: a})
	}
	return functions
}

func TestStoppedTrainingGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "digits201.db")
	images, err := openImages(t.Context())
	require.NoError(t, err)
	trainUntil := func(enough int) ([seeds][]evaluator.Result, int, error) {
		db, err := store.Open(path)
		require.NoError(t, err)
		defer db.Close()
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		reported := 0
		results, err := train(ctx, db, images, two(t), func(done, all int) {
			assert.Equal(t, 4, all)
			assert.Equal(t, reported+1, done)
			if reported = done; done == enough {
				stop()
			}
		})
		return results, reported, err
	}
	_, done, err := trainUntil(3)
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, 3, done)

	results, done, err := trainUntil(5)
	require.NoError(t, err)
	assert.Equal(t, 4, done)
	for seed := range seeds {
		assert.InDelta(t, 10, results[seed][0].Value, 2, "a network that its image does not reach can only guess")
		assert.Greater(t, results[seed][1].Value, 30.0)
	}
	again, _, err := trainUntil(5)
	require.NoError(t, err)
	assert.Equal(t, results, again, "everything is in the store, times among it")
}
