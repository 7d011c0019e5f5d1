package jetstream_test

import (
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
