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

// Queue says which streams coordinators and workers share. The first coordinator creates them, with its Replicas, Limit and
// AckWait. Later ones use them as they are, but refuse them if the queue could not work with their settings or if they have fewer
// replicas than asked for. Workers wait until the streams are there. The zero value is a valid queue.
type Queue struct {
	// Name begins the names of the streams and of their subjects. It consists of letters, digits, - and _. If it is empty,
	// it is "graphpnas".
	Name string
	// Domain is the JetStream domain in which the streams are, if it is not that of the server that the connection leads to:
	// a hub's seen from a leaf node, for instance.
	Domain string
	// APIPrefix replaces "$JS.API" in the subjects of JetStream requests. It is for streams in another account, whose
	// JetStream API is imported under a prefix. Queue allows at most one of Domain and APIPrefix.
	APIPrefix string
	// Replicas is how many servers of a cluster keep each stream. 0 means 1.
	Replicas int
	// Limit is the maximum number of requests that wait or are being evaluated, of all coordinators together. A coordinator
	// that has another one waits. 0 means 100,000.
	Limit int
	// AckWait is how long after a worker's last sign of life its request goes to another worker. A worker that evaluates
	// gives three signs in that time. 0 means 30 seconds.
	AckWait time.Duration
}

// checked returns the queue with its defaults.
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
		return q, errors.New("Queue.Domain and Queue.APIPrefix exclude each other: set one of them")
	case q.Domain != plain(q.Domain):
		return q, fmt.Errorf("Queue.Domain must consist of letters, digits, - and _, got %q", q.Domain)
	case q.APIPrefix != "" && !isPrefix(q.APIPrefix):
		return q, fmt.Errorf("Queue.APIPrefix must be a NATS subject without wildcards, such as \"JS.search.API\", got %q", q.APIPrefix)
	}
	return q, nil
}

// isPrefix reports whether a text may begin subjects.
func isPrefix(text string) bool {
	tokens := strings.Split(strings.TrimSuffix(text, "."), ".")
	return !strings.ContainsAny(text, " \t\r\n*>") && !slices.Contains(tokens, "")
}

// jetStream returns the client of the queue's streams, and the prefix of its requests, which ends with a dot.
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
