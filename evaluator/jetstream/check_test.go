package jetstream_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

// work runs a worker until ctx ends.
func work(ctx context.Context, nc *nats.Conn, q jetstream.Queue) error {
	return jetstream.Worker{Conn: nc, Space: space, Queue: q, Name: "one", Evaluator: evaluator.Func(edges)}.Run(ctx)
}

func TestMissingPermissionsAreNamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ missing, say string }{
		{"$JS.API.>", `publish to "$JS.API.`},
		{"graphpnas.request.>", `sending requests: the server does not allow this user to publish to "graphpnas.request.>"`},
		{"_INBOX.>", `receiving answers: the server does not allow this user to subscribe to "_INBOX.>"`},
		{"graphpnas.done.>", `receiving notices of results: the server does not allow this user to subscribe to "graphpnas.done.>"`},
	} {
		t.Run("coordinator/"+c.missing, func(t *testing.T) {
			s := configure(t, users(coordinators.without(c.missing), workers))
			nc := s.connectAs(t, "coordinator")
			_, err := jetstream.New(until(t), nc, space, jetstream.Config{})
			assert.ErrorIs(t, err, nats.ErrPermissionViolation)
			assert.ErrorContains(t, err, c.say)
			assert.ErrorContains(t, err, `queue "graphpnas"`)
		})
	}
	for _, missing := range append(workers.publish, workers.subscribe...) {
		t.Run("worker/"+missing, func(t *testing.T) {
			s := configure(t, users(coordinators, workers.without(missing)))
			e, err := jetstream.New(until(t), s.connectAs(t, "coordinator"), space, jetstream.Config{})
			require.NoError(t, err)
			defer e.Close()
			err = work(until(t), s.connectAs(t, "worker"), jetstream.Queue{})
			assert.ErrorIs(t, err, nats.ErrPermissionViolation)
			if assert.Error(t, err) {
				assert.Contains(t, err.Error(), missing[:len(missing)-1], "the subject")
			}
		})
	}
}

func TestAllMissingPermissionsAreNamedAtOnce(t *testing.T) {
	t.Parallel()
	s := configure(t, users(coordinators, workers.without("graphpnas.result.>").without("$JS.ACK.graphpnas-request.>")))
	e, err := jetstream.New(until(t), s.connectAs(t, "coordinator"), space, jetstream.Config{})
	require.NoError(t, err)
	defer e.Close()
	err = work(until(t), s.connectAs(t, "worker"), jetstream.Queue{})
	assert.ErrorContains(t, err, `publish to "graphpnas.result.>"`)
	assert.ErrorContains(t, err, `publish to "$JS.ACK.graphpnas-request.>"`)
}

// The documented permissions suffice, and the user's own error handler still gets permission errors.
func TestUsersErrorHandlerIsKept(t *testing.T) {
	t.Parallel()
	s := configure(t, users(coordinators, workers))
	var told atomic.Int64
	handler := nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) { told.Add(1) })
	nc := s.connect(t, nats.UserInfo("coordinator", "secret"), handler)
	e, err := jetstream.New(until(t), nc, space, jetstream.Config{})
	require.NoError(t, err)
	defer e.Close()
	ctx, stop := context.WithCancel(until(t))
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- work(ctx, s.connectAs(t, "worker"), jetstream.Queue{}) }()
	_, err = e.Evaluate(ctx, cell())
	require.NoError(t, err)
	require.NoError(t, nc.LastError())
	assert.Zero(t, told.Load())
	require.NoError(t, nc.Publish("anything", nil))
	require.Eventually(t, func() bool { return told.Load() == 1 }, time.Minute, time.Millisecond)
	_, err = e.Evaluate(ctx, cells(1)[0]) // a denial that does not concern the queue
	assert.NoError(t, err)
	stop()
	assert.NoError(t, <-ended)
}

func TestUnsuitableStreamsAreRejected(t *testing.T) {
	t.Parallel()
	stream := func(kind string, change func(*js.StreamConfig)) js.StreamConfig {
		c := js.StreamConfig{Name: "graphpnas-" + kind, Subjects: []string{"graphpnas." + kind + ".*.*"}}
		if kind == "request" {
			c.Retention, c.Discard = js.WorkQueuePolicy, js.DiscardNew
		}
		change(&c)
		return c
	}
	for name, c := range map[string]struct {
		config js.StreamConfig
		want   []string
	}{
		"subjects": {
			stream("request", func(c *js.StreamConfig) { c.Subjects = []string{"orders.>"} }),
			[]string{`the settings of stream "graphpnas-request" do not suit this queue`, `subjects is ["orders.>"], want "graphpnas.request.*.*"`},
		},
		"retention": {
			stream("request", func(c *js.StreamConfig) { c.Retention = js.LimitsPolicy }),
			[]string{"retention is Limits, want WorkQueue", "delete the stream, or choose another Queue.Name"},
		},
		"interest": {
			stream("result", func(c *js.StreamConfig) { c.Retention = js.InterestPolicy }),
			[]string{`stream "graphpnas-result"`, "retention is Interest, want Limits"},
		},
		"discard": {
			stream("request", func(c *js.StreamConfig) { c.Discard = js.DiscardOld }),
			[]string{"discard is DiscardOld, want DiscardNew"},
		},
		"no acknowledgements": {
			stream("dead", func(c *js.StreamConfig) { c.NoAck = true }),
			[]string{`stream "graphpnas-dead"`, "no_ack is true, want false"},
		},
		"replies that go": {
			stream("result", func(c *js.StreamConfig) { c.MaxMsgsPerSubject = 1 }),
			[]string{"max_msgs_per_subject is 1, want -1"},
		},
		"too small": {
			stream("result", func(c *js.StreamConfig) { c.MaxMsgSize = 1000 }),
			[]string{`max_msg_size of stream "graphpnas-result" allows 1000 bytes; raise that setting`},
		},
		"subjects of others": {
			js.StreamConfig{Name: "everything", Subjects: []string{"graphpnas.>"}},
			[]string{`stream "everything" already has the subjects "graphpnas.request.*.*"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			nc := connect(t, start(t))
			streams, err := js.New(nc)
			require.NoError(t, err)
			_, err = streams.CreateStream(until(t), c.config)
			require.NoError(t, err)
			_, err = jetstream.New(until(t), nc, space, jetstream.Config{})
			for _, want := range c.want {
				assert.ErrorContains(t, err, want)
			}
			if strings.HasPrefix(c.config.Name, "graphpnas-") { // the worker finds the same fault in an existing stream
				createRest(t, streams)
				assert.EqualError(t, work(until(t), nc, jetstream.Queue{}), "jetstream: worker one"+strings.TrimPrefix(err.Error(), "jetstream"))
			}
			e, err := jetstream.New(until(t), nc, space, jetstream.Config{Queue: jetstream.Queue{Name: "another"}})
			if assert.NoError(t, err) {
				assert.NoError(t, e.Close())
			}
		})
	}
}

// createRest creates those streams of a queue that do not exist yet.
func createRest(t *testing.T, streams js.JetStream) {
	for _, c := range []js.StreamConfig{
		{Name: "graphpnas-request", Subjects: []string{"graphpnas.request.*.*"}, Retention: js.WorkQueuePolicy, Discard: js.DiscardNew},
		{Name: "graphpnas-result", Subjects: []string{"graphpnas.result.*.*"}},
		{Name: "graphpnas-dead", Subjects: []string{"graphpnas.dead.*.*"}},
	} {
		if _, err := streams.CreateStream(until(t), c); !errors.Is(err, js.ErrStreamNameAlreadyInUse) {
			require.NoError(t, err)
		}
	}
	_, err := streams.CreateConsumer(until(t), "graphpnas-request", js.ConsumerConfig{
		Durable: space.Name(), FilterSubject: "graphpnas.request." + space.Name() + ".*", AckPolicy: js.AckExplicitPolicy, MaxDeliver: -1,
	})
	if err != nil { // the stream exists with unsuitable settings
		t.Log(err)
	}
}

func TestSuitableStreamsAreAccepted(t *testing.T) {
	t.Parallel()
	s := start(t)
	streams, err := js.New(connect(t, s))
	require.NoError(t, err)
	for _, c := range []js.StreamConfig{
		{Name: "graphpnas-request", Subjects: []string{"graphpnas.request.>", "more"}, Retention: js.WorkQueuePolicy, Discard: js.DiscardNew},
		{Name: "graphpnas-result", Subjects: []string{"graphpnas.result.*.*"}, Storage: js.MemoryStorage, AllowDirect: true},
	} {
		_, err = streams.CreateStream(until(t), c)
		require.NoError(t, err)
	}
	e := coordinate(t, s, jetstream.Config{})
	serve(t, s, jetstream.Worker{Evaluator: evaluator.Func(edges)})
	_, err = e.Evaluate(until(t), cell())
	assert.NoError(t, err)
}

func TestUnsuitableConsumersAreRejected(t *testing.T) {
	t.Parallel()
	good := js.ConsumerConfig{
		Durable: space.Name(), FilterSubject: "graphpnas.request." + space.Name() + ".*", AckPolicy: js.AckExplicitPolicy, MaxDeliver: -1,
	}
	for want, change := range map[string]func(*js.ConsumerConfig){
		`filter_subject is ["graphpnas.request.other.*"], want "graphpnas.request.nasbench201.*"`: func(c *js.ConsumerConfig) {
			c.FilterSubject = "graphpnas.request.other.*"
		},
		"max_deliver is 3, want -1":   func(c *js.ConsumerConfig) { c.MaxDeliver = 3 },
		"headers_only is true":        func(c *js.ConsumerConfig) { c.HeadersOnly = true },
		"max_expires is 1m0s, want 0": func(c *js.ConsumerConfig) { c.MaxRequestExpires = time.Minute },
		`priority_groups is ["one"]`: func(c *js.ConsumerConfig) {
			c.PriorityGroups, c.PriorityPolicy = []string{"one"}, js.PriorityPolicyOverflow
		},
		"it is a push consumer": nil,
	} {
		t.Run(want, func(t *testing.T) {
			nc := connect(t, start(t))
			streams, err := js.New(nc)
			require.NoError(t, err)
			_, err = streams.CreateStream(until(t), js.StreamConfig{
				Name: "graphpnas-request", Subjects: []string{"graphpnas.request.*.*"}, Retention: js.WorkQueuePolicy, Discard: js.DiscardNew,
			})
			require.NoError(t, err)
			c := good
			if change == nil {
				c.DeliverSubject = "somewhere"
				_, err = streams.CreatePushConsumer(until(t), "graphpnas-request", c)
			} else {
				change(&c)
				_, err = streams.CreateConsumer(until(t), "graphpnas-request", c)
			}
			require.NoError(t, err)
			_, err = jetstream.New(until(t), nc, space, jetstream.Config{})
			assert.ErrorContains(t, err, want)
			assert.ErrorContains(t, err, `consumer "nasbench201" of stream "graphpnas-request"`)
			assert.ErrorContains(t, work(until(t), nc, jetstream.Queue{}), want)
		})
	}
}

func TestPayloadLimitOfTheServer(t *testing.T) {
	t.Parallel()
	s := configure(t, "max_payload: 4096\njetstream: {store_dir: \"DIR\"}\n")
	const want = "max_payload of the server allows 4096 bytes"
	_, err := jetstream.New(until(t), s.connect(t), space, jetstream.Config{})
	assert.ErrorContains(t, err, want)
	assert.ErrorContains(t, work(until(t), s.connect(t), jetstream.Queue{}), want)

	s = configure(t, "max_payload: 16384\njetstream: {store_dir: \"DIR\"}\n")
	budget := func(n int) map[string]float64 {
		b := map[string]float64{}
		for i := range n {
			b[fmt.Sprintf("setting %d of many", i)] = 1
		}
		return b
	}
	_, err = jetstream.New(until(t), s.connect(t), space, jetstream.Config{Budget: budget(1000)})
	assert.ErrorContains(t, err, "max_payload of the server allows 16384 bytes; raise that setting")
	e, err := jetstream.New(until(t), s.connect(t), space, jetstream.Config{})
	require.NoError(t, err)
	defer e.Close()
	ctx, stop := context.WithCancel(until(t))
	ended := make(chan error, 1)
	go func() { ended <- work(ctx, s.connect(t), jetstream.Queue{}) }()
	large := protocol.NewRequest("1", space, cell())
	large.Budget = budget(1000)
	_, err = e.Evaluate(protocol.WithRequest(ctx, large, nil), cell())
	assert.ErrorIs(t, err, evaluator.ErrBroken, "the architecture is not at fault")
	assert.ErrorContains(t, err, "max_payload of the server allows 16384 bytes; raise that setting")
	_, err = e.Evaluate(ctx, cell())
	assert.NoError(t, err, "smaller requests can still be sent")
	stop()
	assert.NoError(t, <-ended)
}

func TestServersWithoutJetStream(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ config, want string }{
		"none":    {"", `nothing answers on "$JS.API.>": is JetStream enabled on the server`},
		"account": {"jetstream: {store_dir: \"DIR\"}\naccounts: {A: {jetstream: enabled}, B: {users: [{user: b, password: b}]}}\nno_auth_user: b\n", "JetStream must be enabled for this user's account"},
	} {
		t.Run(name, func(t *testing.T) {
			s := configure(t, c.config)
			_, err := jetstream.New(until(t), s.connect(t), space, jetstream.Config{})
			assert.ErrorContains(t, err, c.want)
			assert.ErrorContains(t, work(until(t), s.connect(t), jetstream.Queue{}), c.want)
		})
	}
	few := configure(t, "jetstream: {store_dir: \"DIR\"}\naccounts: {A: {jetstream: {max_streams: 1}, users: [{user: a, password: a}]}}\nno_auth_user: a\n")
	_, err := jetstream.New(until(t), few.connect(t), space, jetstream.Config{})
	assert.ErrorContains(t, err, "it cannot be created: nats: API error: code=400 err_code=10027 description=maximum number of streams reached")

	_, err = jetstream.New(until(t), connect(t, start(t)), space, jetstream.Config{Queue: jetstream.Queue{Domain: "elsewhere"}})
	assert.ErrorContains(t, err, `nothing answers on "$JS.elsewhere.API.>"`)
	assert.ErrorContains(t, err, "are Queue.Domain and Queue.APIPrefix correct?")
}
