package jetstream_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
)

func TestWorkersEvaluate(t *testing.T) {
	s := start(t)
	e := coordinate(t, s, jetstream.Config{})
	for range 2 {
		serve(t, s, jetstream.Worker{Evaluator: evaluator.Func(edges)})
	}
	pool := evaluator.Pool{Evaluator: e, Workers: 32}
	all, seen := cells(300), 0
	for o := range pool.Run(t.Context(), all) {
		require.NoError(t, o.Err)
		assert.EqualValues(t, o.Arch.Part(0).NumEdges(), o.Result.Value)
		seen++
	}
	assert.Equal(t, len(all), seen)
	status, err := e.Status(t.Context())
	require.NoError(t, err)
	assert.Zero(t, status)
}
