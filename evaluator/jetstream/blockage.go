package jetstream

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	js "github.com/nats-io/nats.go/jetstream"

	"github.com/graphpnas/graphpnas/evaluator"
)

// blockage describes a full queue, as seen by a coordinator that waits to add a request.
type blockage struct {
	since time.Time // since when only requests of other spaces fill it; zero if not so
	by    string    // the spaces whose requests fill it
}

// blocked explains why the queue is full. The error wraps evaluator.ErrBroken if only requests of other spaces have filled it for
// the link's patience, because there may be no workers for them.
func (l *link) blocked(ctx context.Context, b *blockage, full error) error {
	info, err := l.state(ctx)
	if err != nil {
		return full
	}
	if info.NumPending > 0 || info.NumAckPending > 0 {
		*b = blockage{}
		return full
	}
	if b.since.IsZero() {
		by, others := l.fillers(ctx)
		if !others {
			return full // the state of the consumer is older than that of the stream
		}
		*b = blockage{time.Now(), by}
	}
	if lasted := time.Since(b.since); lasted < l.patience {
		return fmt.Errorf("requests of other spaces fill it (%s): %w", b.by, full)
	}
	return fmt.Errorf("%w: %w: requests of other spaces have filled it for %v (%s): run workers for them, purge them, "+
		"or choose another Queue.Name: %w", evaluator.ErrBroken, ErrQueueFull, l.patience, b.by, full)
}

// fillers lists the spaces with the most requests in the queue, and reports whether all requests are of other spaces. If the user
// may not read the stream, they are assumed to be.
func (l *link) fillers(ctx context.Context) (list string, others bool) {
	const most = 3
	s, err := l.js.Stream(ctx, l.queue.stream(requests))
	if err != nil {
		return "unknown", true
	}
	info, err := s.Info(ctx, js.WithSubjectFilter(strings.Join([]string{l.queue.Name, requests, ">"}, ".")))
	if err != nil {
		return "unknown", true
	}
	counts := map[string]uint64{}
	for subject, n := range info.State.Subjects {
		counts[strings.Split(subject, ".")[2]] += n
	}
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return int(counts[b]) - int(counts[a]) })
	var texts []string
	for _, name := range names[:min(len(names), most)] {
		texts = append(texts, fmt.Sprintf("%d of %s", counts[name], name))
	}
	return strings.Join(texts, ", "), len(counts) > 0 && counts[l.topic.space] == 0
}

// state returns the state of the consumer on the server.
func (l *link) state(ctx context.Context) (*js.ConsumerInfo, error) {
	known := l.consumer.CachedInfo() // Consumer.Info would modify it without a lock
	c, err := l.js.Consumer(ctx, known.Stream, known.Name)
	if err != nil {
		return nil, err
	}
	return c.CachedInfo(), nil
}
