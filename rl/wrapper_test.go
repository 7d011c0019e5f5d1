package rl_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/rl/bayes"
	"github.com/graphpnas/graphpnas/searchspace"
)

// wrapping returns every method of this module that uses another method, with that method.
func wrapping(m rl.Method) map[string]rl.Method {
	return map[string]rl.Method{
		"ASHA":              baseline.ASHA{Budgets: smallBudgets, Sampler: m},
		"SuccessiveHalving": baseline.SuccessiveHalving{Budgets: smallBudgets, Sampler: m},
		"Hyperband":         baseline.Hyperband{Budgets: smallBudgets, Sampler: m},
		"MedianStopping":    baseline.MedianStopping{Method: m},
		"Screened":          bayes.Screened{Budgets: smallBudgets, Method: m},
		"both":              baseline.MedianStopping{Method: baseline.ASHA{Budgets: smallBudgets, Sampler: m}},
	}
}

func TestAWrappedMethodFinishes(t *testing.T) {
	finished, seen := 0, 0
	for name, m := range wrapping(finishing{finished: &finished, seen: &seen}) {
		finished = 0
		h, err := mustRun(t, searchspace.NASBench201{}, m, epochs{}, rl.Config{Evaluations: 30})
		require.NoError(t, err, name)
		assert.Equal(t, 1, finished, name)
		assert.Equal(t, len(h.At(0)), seen, name)
	}
}

func TestAWrappedModelOfAnotherSpace(t *testing.T) {
	for name, m := range wrapping(rl.Reinforce{Model: newRecorder(searchspace.NASBench201{})}) {
		_, err := rl.New(searchspace.NASBench101{}, m, rl.Config{})
		assert.ErrorIs(t, err, generator.ErrOtherSpace, name)
		_, err = rl.New(searchspace.NASBench201{}, m, rl.Config{})
		assert.NoError(t, err, name)
	}
}
