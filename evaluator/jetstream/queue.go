package jetstream

import (
	"errors"
	"fmt"
	"time"
)

// Queue names the streams that coordinators and workers have in common, and bounds them. Both make what does not exist
// yet, and take what exists as it is: who comes later changes nothing. Its zero value is a queue like any other.
type Queue struct {
	// Name begins the names of the streams and of their subjects; it is of letters, digits, - and _. Empty: "graphpnas".
	Name string
	// Replicas is how many servers of a cluster keep each stream. 0: 1.
	Replicas int
	// Limit is the most requests that wait or are under way, of all coordinators together: a coordinator that has one more
	// waits. 0: 100,000.
	Limit int
	// AckWait is how long after the last sign of life of its worker a request goes to another one. A worker that is at
	// work gives a sign three times as often. 0: 30 seconds.
	AckWait time.Duration
}

// checked returns the queue with its defaults.
func (q Queue) checked() (Queue, error) {
	if q.Replicas < 0 || q.Limit < 0 || q.AckWait < 0 {
		return q, fmt.Errorf("%d replicas, a limit of %d requests, %v without a sign of life", q.Replicas, q.Limit, q.AckWait)
	}
	if q.Name == "" {
		q.Name = "graphpnas"
	}
	if q.Name != plain(q.Name) {
		return q, errors.New("the queue's name is not of letters, digits, - and _")
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
	return q, nil
}
