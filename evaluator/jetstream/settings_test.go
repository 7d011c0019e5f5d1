package jetstream_test

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

func TestBadQueues(t *testing.T) {
	t.Parallel()
	nc := connect(t, start(t))
	for want, q := range map[string]jetstream.Queue{
		"Queue.Name must consist of letters, digits, - and _": {Name: "a.b"},
		"Queue.Replicas must not be negative, got -1":         {Replicas: -1},
		"Queue.Limit must not be negative, got -1":            {Limit: -1},
		"Queue.AckWait must not be negative, got -1s":         {AckWait: -time.Second},
		"Queue.Domain must consist of":                        {Domain: "a.b"},
		"Queue.APIPrefix must be a NATS subject":              {APIPrefix: "a..b"},
		"mutually exclusive":                                  {Domain: "a", APIPrefix: "b"},
	} {
		_, err := jetstream.New(t.Context(), nc, space, jetstream.Config{Queue: q})
		assert.ErrorContains(t, err, want)
		err = jetstream.Worker{Conn: nc, Space: space, Evaluator: evaluator.Func(edges), Queue: q}.Run(t.Context())
		assert.ErrorContains(t, err, want)
	}
}

func TestTooManyReplicas(t *testing.T) {
	t.Parallel()
	nc := connect(t, start(t))
	replicated := jetstream.Config{Queue: jetstream.Queue{Replicas: 3}}
	_, err := jetstream.New(t.Context(), nc, space, replicated)
	assert.ErrorContains(t, err, `stream "graphpnas-request": it cannot be created: Queue.Replicas is 3`, "by one server")
	e, err := jetstream.New(t.Context(), nc, space, jetstream.Config{})
	require.NoError(t, err)
	defer e.Close()
	_, err = jetstream.New(t.Context(), nc, space, replicated)
	assert.ErrorContains(t, err, "num_replicas is 1, want at least 3")
}

func TestBadCoordinators(t *testing.T) {
	t.Parallel()
	nc := connect(t, start(t))
	for want, c := range map[string]jetstream.Config{
		"Outstanding must not be negative, got -1": {Outstanding: -1},
		"Recheck must not be negative, got -1ns":   {Recheck: -1},
		"Patience must not be negative, got -1ns":  {Patience: -1},
		"Seed must be at most 9007199":             {Seed: protocol.MaxSeed + 1},
		`"epochs" must be a finite number`:         {Budget: map[string]float64{"epochs": math.NaN()}},
	} {
		_, err := jetstream.New(t.Context(), nc, space, c)
		assert.ErrorContains(t, err, want)
	}
	_, err := jetstream.New(t.Context(), nil, space, jetstream.Config{})
	assert.ErrorContains(t, err, "needs a connection and a space")
	_, err = jetstream.New(t.Context(), nc, nil, jetstream.Config{})
	assert.ErrorContains(t, err, "needs a connection and a space")
}

func TestBadWorkers(t *testing.T) {
	t.Parallel()
	nc, e := connect(t, start(t)), evaluator.Func(edges)
	for want, w := range map[string]jetstream.Worker{
		"needs a connection":       {Space: space, Evaluator: e},
		"a space and an evaluator": {Conn: nc, Space: space},
		"Concurrency must not be":  {Conn: nc, Space: space, Evaluator: e, Concurrency: -1},
		"Deadline must not be":     {Conn: nc, Space: space, Evaluator: e, Deadline: -time.Second},
		"Deliveries must not be":   {Conn: nc, Space: space, Evaluator: e, Deliveries: -1},
		"RetryWait must not be":    {Conn: nc, Space: space, Evaluator: e, RetryWait: -time.Second},
		"Grace must not be":        {Conn: nc, Space: space, Evaluator: e, Grace: -time.Second},
	} {
		assert.ErrorContains(t, w.Run(t.Context()), want)
	}
}

func TestClosedCoordinatorIsBroken(t *testing.T) {
	t.Parallel()
	s := start(t)
	e := coordinate(t, s, jetstream.Config{})
	assert.NoError(t, e.Close())
	_, err := e.Evaluate(t.Context(), cell())
	assert.ErrorIs(t, err, evaluator.ErrBroken)

	serve(t, s, jetstream.Worker{Evaluator: evaluator.Func(edges)})
	e = coordinate(t, s, jetstream.Config{})
	_, err = e.Evaluate(until(t), cell())
	assert.NoError(t, err)
	assert.NoError(t, e.Close())
	a := cell()
	for range 300 { // although the result is stored
		_, err = e.Evaluate(t.Context(), a)
		assert.ErrorIs(t, err, evaluator.ErrBroken)
	}
}

func TestClosedConnectionIsBroken(t *testing.T) {
	t.Parallel()
	nc := connect(t, start(t))
	e, err := jetstream.New(t.Context(), nc, space, jetstream.Config{})
	assert.NoError(t, err)
	go nc.Close()
	_, err = e.Evaluate(until(t), cell()) // no worker answers
	assert.ErrorIs(t, err, evaluator.ErrBroken)
	assert.NoError(t, e.Close())
}

// A caller that gives up for its own reasons, even a broken evaluator elsewhere, does not end other evaluations.
func TestCauseOfTheCallerIsNoFault(t *testing.T) {
	t.Parallel()
	s, told := start(t), newReports()
	e := coordinate(t, s, jetstream.Config{OnTrouble: told.tell, Recheck: time.Hour})
	elsewhere := fmt.Errorf("%w: another one", evaluator.ErrBroken)
	ctx, cancel := context.WithCancelCause(until(t))
	ended := make(chan error, 1)
	go func() {
		_, err := e.Evaluate(ctx, cell())
		ended <- err
	}()
	require.Eventually(t, func() bool {
		status, err := e.Status(t.Context())
		return err == nil && status.Waiting == 1
	}, time.Minute, 10*time.Millisecond)
	cancel(elsewhere)
	require.ErrorIs(t, <-ended, elsewhere)
	serve(t, s, jetstream.Worker{Evaluator: evaluator.Func(edges)})
	_, err := e.Evaluate(until(t), cell())
	require.NoError(t, err)
	assert.Empty(t, told)
}

// Close is not reported as a fault, neither by an evaluation that runs nor by a search for workers.
func TestClosingIsNoFault(t *testing.T) {
	t.Parallel()
	s := start(t)
	for range 20 {
		told := newReports()
		e, err := jetstream.New(t.Context(), connect(t, s), space, jetstream.Config{Recheck: time.Millisecond, OnTrouble: told.tell})
		require.NoError(t, err)
		ended := make(chan error, 1)
		go func() {
			_, err := e.Evaluate(until(t), cell())
			ended <- err
		}()
		told.await(t, jetstream.ErrNoWorker)
		require.NoError(t, e.Close())
		require.ErrorIs(t, <-ended, evaluator.ErrBroken)
		for len(told) > 0 {
			require.NotErrorIs(t, <-told, evaluator.ErrBroken)
		}
	}
}
