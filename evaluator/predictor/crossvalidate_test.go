package predictor

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/searchspace"
)

// TestCrossValidationKeepsKeysApart checks that an architecture with several records is never predicted from one of them.
func TestCrossValidationKeepsKeysApart(t *testing.T) {
	s := searchspace.NASBench201{}
	data := examplesOf(randomArchs(t, s, newRand(1), 23), edges)
	data = append(data, data[:10]...)
	data = append(data, data[:10]...)
	var sizes []int
	p := processOf(t, s, data, ProcessConfig{Features: twoFeatures})
	got, err := CrossValidate(t.Context(), s, data, 4, 1, func(_ context.Context, rest []Example) (*Predictor, error) {
		known := map[string]int{}
		for _, x := range rest {
			known[s.Key(x.Arch)]++
		}
		for i, x := range data {
			if n := known[s.Key(x.Arch)]; n != 0 {
				require.GreaterOrEqual(t, n, map[bool]int{true: 3, false: 1}[i < 10], "all records of a key are in one fold")
			}
		}
		sizes = append(sizes, len(known))
		return p, nil
	})
	require.NoError(t, err)
	assert.ElementsMatch(t, []int{17, 17, 17, 18}, sizes)
	want := make([]searchspace.Arch, len(data))
	for i, x := range data {
		want[i] = x.Arch
	}
	assert.Equal(t, predict(t, p, want...), got, "in the order of the examples")
}

func TestCrossValidationErrors(t *testing.T) {
	s := searchspace.NASBench201{}
	data := examplesOf(randomArchs(t, s, newRand(1), 5), edges)
	errTrain := errors.New("no training")
	fails := func(context.Context, []Example) (*Predictor, error) { return nil, errTrain }
	_, err := CrossValidate(t.Context(), s, data, 1, 0, fails)
	require.ErrorContains(t, err, "at least 2 folds, got 1")
	_, err = CrossValidate(t.Context(), s, data, 6, 0, fails)
	require.ErrorContains(t, err, "got 5")
	_, err = CrossValidate(t.Context(), s, data, 2, 0, fails)
	require.ErrorIs(t, err, errTrain)
	_, err = CrossValidate(t.Context(), searchspace.NASBench101{}, data, 2, 0, fails)
	require.ErrorIs(t, err, searchspace.ErrInvalid)
	_, err = CrossValidate(t.Context(), nil, data, 2, 0, fails)
	require.ErrorContains(t, err, "space must not be nil")
}
