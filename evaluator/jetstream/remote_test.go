package jetstream_test

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/jetstream"
)

// searches evaluates a few cells with a coordinator and a worker.
func searches(t *testing.T, coordinator *nats.Conn, c jetstream.Config, worker *nats.Conn, q jetstream.Queue) {
	t.Helper()
	ctx, stop := context.WithCancel(until(t))
	defer stop()
	e, err := jetstream.New(ctx, coordinator, space, c)
	require.NoError(t, err)
	defer func() { assert.NoError(t, e.Close()) }()
	ended := make(chan error, 1)
	go func() { ended <- work(ctx, worker, q) }()
	for _, a := range cells(20) {
		r, err := e.Evaluate(ctx, a)
		require.NoError(t, err)
		assert.EqualValues(t, a.Part(0).NumEdges(), r.Value)
	}
	status, err := e.Status(ctx)
	assert.NoError(t, err)
	assert.Zero(t, status.Waiting)
	stop()
	assert.NoError(t, <-ended)
}

// The streams are on a hub; the coordinator's server is a leaf node without JetStream, or with its own.
func TestStreamsInAnotherDomain(t *testing.T) {
	t.Parallel()
	hub := configure(t, "jetstream: {store_dir: \"DIR\", domain: hub}\nleafnodes: {listen: \"127.0.0.1:-1\"}\n")
	for name, streams := range map[string]string{
		"leaf without streams": "",
		"leaf with streams":    "jetstream: {store_dir: \"DIR\", domain: leaf}\n",
	} {
		t.Run(name, func(t *testing.T) {
			leaf := configure(t, streams+fmt.Sprintf("leafnodes: {remotes: [{url: %q}]}\n", leafURL(t, hub)))
			require.Eventually(t, func() bool { return leaf.NumLeafNodes() > 0 }, time.Minute, time.Millisecond)
			q := jetstream.Queue{Name: "queue-of-" + leaf.Name(), Domain: "hub"}
			atHub := jetstream.Queue{Name: q.Name}
			searches(t, leaf.connect(t), jetstream.Config{Queue: q}, hub.connect(t), atHub)
			searches(t, hub.connect(t), jetstream.Config{Queue: atHub, Seed: 2}, leaf.connect(t), q)
		})
	}
}

func leafURL(t *testing.T, hub *configured) string {
	varz, err := hub.Varz(nil)
	require.NoError(t, err)
	address := url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", varz.LeafNode.Port)}
	return address.String()
}

// The streams are in a separate account, which exports the subjects that coordinators and workers in another account need.
func TestStreamsInAnotherAccount(t *testing.T) {
	t.Parallel()
	s := configure(t, `
jetstream: {store_dir: "DIR"}
accounts: {
  streams: {
    jetstream: enabled
    exports: [
      {service: "$JS.API.>", response: stream}
      {service: "$JS.ACK.graphpnas-request.>"}
      {service: "graphpnas.request.>"}
      {service: "graphpnas.result.>"}
      {service: "graphpnas.dead.>"}
    ]
  }
  search: {
    users: [{user: searcher, password: secret}]
    imports: [
      {service: {account: streams, subject: "$JS.API.>"}, to: "JS.search.API.>"}
      {service: {account: streams, subject: "$JS.ACK.graphpnas-request.>"}}
      {service: {account: streams, subject: "graphpnas.request.>"}}
      {service: {account: streams, subject: "graphpnas.result.>"}}
      {service: {account: streams, subject: "graphpnas.dead.>"}}
    ]
  }
}
`)
	for i, prefix := range []string{"JS.search.API", "JS.search.API."} {
		q := jetstream.Queue{APIPrefix: prefix}
		searches(t, s.connectAs(t, "searcher"), jetstream.Config{Queue: q, Seed: uint64(i)}, s.connectAs(t, "searcher"), q)
	}
	_, err := jetstream.New(until(t), s.connectAs(t, "searcher"), space, jetstream.Config{Queue: jetstream.Queue{APIPrefix: "JS.other.API"}})
	assert.ErrorContains(t, err, `nothing answers on "JS.other.API.>"`)
	_, err = jetstream.New(until(t), s.connectAs(t, "searcher"), space, jetstream.Config{})
	assert.ErrorContains(t, err, "JetStream must be enabled for this user's account")
}
