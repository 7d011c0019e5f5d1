package jetstream_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

func TestBadQueues(t *testing.T) {
	nc := connect(t, start(t))
	for want, q := range map[string]jetstream.Queue{
		"the queue's name is not of": {Name: "a.b"},
		"-1 replicas":                {Replicas: -1},
		"a limit of -1 requests":     {Limit: -1},
		"-1s without a sign of life": {AckWait: -time.Second},
		`stream "graphpnas-request"`: {Replicas: 3}, // of one server
	} {
		_, err := jetstream.New(t.Context(), nc, space, jetstream.Config{Queue: q})
		assert.ErrorContains(t, err, want)
		err = jetstream.Worker{Conn: nc, Space: space, Evaluator: evaluator.Func(edges), Queue: q}.Run(t.Context())
		assert.ErrorContains(t, err, want)
	}
}

func TestBadCoordinators(t *testing.T) {
	nc := connect(t, start(t))
	for want, c := range map[string]jetstream.Config{
		"-1 outstanding":         {Outstanding: -1},
		"looked after every -1":  {Recheck: -1},
		"is above 9007199":       {Seed: protocol.MaxSeed + 1},
		`"epochs" in the budget`: {Budget: map[string]float64{"epochs": math.NaN()}},
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
	nc, e := connect(t, start(t)), evaluator.Func(edges)
	for want, w := range map[string]jetstream.Worker{
		"needs a connection":       {Space: space, Evaluator: e},
		"a space and an evaluator": {Conn: nc, Space: space},
		"-1 evaluations at a time": {Conn: nc, Space: space, Evaluator: e, Concurrency: -1},
		"at a time within -1s":     {Conn: nc, Space: space, Evaluator: e, Deadline: -time.Second},
		"-1 deliveries":            {Conn: nc, Space: space, Evaluator: e, Deliveries: -1},
		"deliveries -1s apart":     {Conn: nc, Space: space, Evaluator: e, RetryWait: -time.Second},
		"a grace of -1s":           {Conn: nc, Space: space, Evaluator: e, Grace: -time.Second},
	} {
		assert.ErrorContains(t, w.Run(t.Context()), want)
	}
}

func TestClosedCoordinatorIsBroken(t *testing.T) {
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
	for range 300 { // although the result is there
		_, err = e.Evaluate(t.Context(), a)
		assert.ErrorIs(t, err, evaluator.ErrBroken)
	}
}

func TestClosedConnectionIsBroken(t *testing.T) {
	nc := connect(t, start(t))
	e, err := jetstream.New(t.Context(), nc, space, jetstream.Config{})
	assert.NoError(t, err)
	go nc.Close()
	_, err = e.Evaluate(until(t), cell()) // nobody serves
	assert.ErrorIs(t, err, evaluator.ErrBroken)
	assert.NoError(t, e.Close())
}
