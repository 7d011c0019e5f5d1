package jetstream

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"
)

// Queue identifies the streams that coordinators and workers share. The first coordinator creates them with its Replicas, Limit
// and AckWait. Later coordinators use the existing streams, or return an error if their settings do not suit the queue or if they
// have fewer replicas than requested. Workers wait until the streams exist. The zero value is valid.
type Queue struct {
	// Name is the prefix of the names and subjects of the streams. It must consist of letters, digits, - and _. Empty means
	// "graphpnas".
	Name string
	// Domain is the JetStream domain of the streams, if it is not that of the connected server: for example the hub's domain
	// if the server is a leaf node.
	Domain string
	// APIPrefix replaces "$JS.API" in the subjects of JetStream requests. Use it for streams in another account whose JetStream
	// API is imported under a prefix. At most one of Domain and APIPrefix may be set.
	APIPrefix string
	// Replicas is the number of servers of a cluster that store each stream. 0 means 1.
	Replicas int
	// Limit is the maximum number of requests in the queue, waiting or being evaluated, of all coordinators together. If the
	// queue is full, coordinators wait. 0 means 100,000.
	Limit int
	// AckWait is the time after a worker's last heartbeat when its request goes to another worker. A worker that is evaluating
	// sends three heartbeats in that time. 0 means 30 seconds.
	AckWait time.Duration
}

// checked validates the queue and returns a copy with the defaults filled in.
func (q Queue) checked() (Queue, error) {
	if q.Name == "" {
		q.Name = "graphpnas"
	}
	if q.Replicas == 0 {
		q.Replicas = 1
	}
	if q.Limit == 0 {
		q.Limit = 100_000
	}
	if q.AckWait == 0 {
		q.AckWait = 30 * time.Second
	}
	switch {
	case q.Name != plain(q.Name):
		return q, fmt.Errorf("Queue.Name must consist of letters, digits, - and _, got %q", q.Name)
	case q.Replicas < 0:
		return q, fmt.Errorf("Queue.Replicas must not be negative, got %d", q.Replicas)
	case q.Limit < 0:
		return q, fmt.Errorf("Queue.Limit must not be negative, got %d", q.Limit)
	case q.AckWait < 0:
		return q, fmt.Errorf("Queue.AckWait must not be negative, got %v", q.AckWait)
	case q.Domain != "" && q.APIPrefix != "":
		return q, errors.New("Queue.Domain and Queue.APIPrefix are mutually exclusive: set only one of them")
	case q.Domain != plain(q.Domain):
		return q, fmt.Errorf("Queue.Domain must consist of letters, digits, - and _, got %q", q.Domain)
	case q.APIPrefix != "" && !isPrefix(q.APIPrefix):
		return q, fmt.Errorf("Queue.APIPrefix must be a NATS subject without wildcards, such as \"JS.search.API\", got %q", q.APIPrefix)
	}
	return q, nil
}

// isPrefix reports whether a text is a valid prefix of subjects.
func isPrefix(text string) bool {
	tokens := strings.Split(strings.TrimSuffix(text, "."), ".")
	return !strings.ContainsAny(text, " \t\r\n*>") && !slices.Contains(tokens, "")
}

// jetStream returns the client for the queue's streams, and the prefix of its requests, which ends with a dot.
func (q Queue) jetStream(nc *nats.Conn) (client js.JetStream, api string, err error) {
	switch {
	case q.Domain != "":
		client, err = js.NewWithDomain(nc, q.Domain)
		return client, "$JS." + q.Domain + ".API.", err
	case q.APIPrefix != "":
		api = strings.TrimSuffix(q.APIPrefix, ".")
		client, err = js.NewWithAPIPrefix(nc, api)
		return client, api + ".", err
	default:
		client, err = js.New(nc)
		return client, js.DefaultAPIPrefix, err
	}
}
