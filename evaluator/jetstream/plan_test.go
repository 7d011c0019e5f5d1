package jetstream_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestPlans(t *testing.T) {
	t.Parallel()
	s := start(t)
	impossible := errors.New("no such network")
	e := coordinate(t, s, jetstream.Config{Plan: func(a searchspace.Arch) (json.RawMessage, error) {
		if a.Part(0).NumEdges() == 1 {
			return nil, impossible
		}
		return json.Marshal(map[string]int{"edges": a.Part(0).NumEdges()})
	}})
	serve(t, s, jetstream.Worker{Evaluator: evaluator.Func(func(ctx context.Context, _ searchspace.Arch) (evaluator.Result, error) {
		r, _ := protocol.RequestFrom(ctx)
		var plan struct{ Edges float64 }
		err := json.Unmarshal(r.Plan, &plan)
		return evaluator.Result{Value: plan.Edges}, err
	})})
	r, err := e.Evaluate(until(t), cell())
	require.NoError(t, err)
	assert.Equal(t, float64(cell().Part(0).NumEdges()), r.Value)
	for _, a := range cells(100) {
		if a.Part(0).NumEdges() == 1 {
			_, err = e.Evaluate(until(t), a)
			assert.ErrorIs(t, err, impossible)
			return
		}
	}
	t.Error("no cell with one edge")
}
