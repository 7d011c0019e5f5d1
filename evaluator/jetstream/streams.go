package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

const (
	// mostDead is the maximum number of dead letters that are kept.
	mostDead = 10_000
	// mostIdle is the maximum number of idle worker slots that can wait for requests.
	mostIdle = 1 << 14
)

// stream returns the name of the stream for a kind of subject.
func (q Queue) stream(kind string) string { return q.Name + "-" + kind }

// streamConfig returns the configuration with which this package creates a stream.
func (q Queue) streamConfig(kind string) js.StreamConfig {
	c := js.StreamConfig{
		Name:       q.stream(kind),
		Subjects:   []string{q.Name + "." + kind + ".*.*"},
		Replicas:   q.Replicas,
		MaxMsgSize: protocol.MaxLine,
	}
	switch kind {
	case requests:
		c.Retention, c.Discard, c.MaxMsgs = js.WorkQueuePolicy, js.DiscardNew, int64(q.Limit)
	case dead:
		c.MaxMsgs = mostDead
	}
	return c
}

// errMissing is wrapped by the error of opening a stream or consumer that no coordinator has created yet.
var errMissing = errors.New("no coordinator has created the queue yet")

// openStream finds a stream or creates it, and checks its settings.
func (l *link) openStream(ctx context.Context, kind string, create bool) (s js.Stream, err error) {
	want := l.queue.streamConfig(kind)
	err = l.briefly(ctx, func(ctx context.Context) (err error) {
		s, err = l.js.Stream(ctx, want.Name)
		return err
	})
	switch {
	case errors.Is(err, js.ErrStreamNotFound) && !create:
		err = errMissing
	case errors.Is(err, js.ErrStreamNotFound):
		if s, err = l.createStream(ctx, want); err != nil {
			err = fmt.Errorf("it cannot be created: %w", err)
		}
	case err != nil:
		err = l.explain(err)
	}
	if err != nil {
		return nil, fmt.Errorf("stream %q: %w", want.Name, err)
	}
	has := s.CachedInfo().Config
	if err := differences(streamSettings(kind, has, want)); err != nil {
		return nil, fmt.Errorf("the settings of stream %q do not suit this queue: %w; "+
			"delete the stream, or choose another Queue.Name", want.Name, err)
	}
	l.limits[kind] = int(has.MaxMsgSize)
	return s, nil
}

// createStream creates a stream, or opens it if another program has created it in the meantime.
func (l *link) createStream(ctx context.Context, c js.StreamConfig) (s js.Stream, err error) {
	err = l.briefly(ctx, func(ctx context.Context) (err error) {
		s, err = l.js.CreateStream(ctx, c)
		if errors.Is(err, js.ErrStreamNameAlreadyInUse) { // with other settings
			s, err = l.js.Stream(ctx, c.Name)
		}
		return err
	})
	if err != nil {
		return nil, l.explain(l.overlap(ctx, c.Subjects[0], err))
	}
	return s, nil
}

// overlap adds, to an error about overlapping subjects, the name of the stream that already has them.
func (l *link) overlap(ctx context.Context, subject string, err error) error {
	const subjectsOverlap = 10065
	if !hasCode(err, subjectsOverlap) {
		return err
	}
	var name string
	found := l.once(ctx, func(ctx context.Context) (err error) {
		name, err = l.js.StreamNameBySubject(ctx, subject)
		return err
	})
	if found != nil {
		return err
	}
	return fmt.Errorf("stream %q already has the subjects %q; change its subjects, or choose another Queue.Name", name, subject)
}

// complete returns an error if one of the streams does not exist.
func (l *link) complete(ctx context.Context) error {
	for _, kind := range []string{requests, results, dead} {
		if _, err := l.js.Stream(ctx, l.queue.stream(kind)); err != nil {
			return fmt.Errorf("stream %q: %w", l.queue.stream(kind), err)
		}
	}
	return nil
}

// openConsumer finds or creates the consumer of the requests, and checks its settings.
func (l *link) openConsumer(ctx context.Context, create bool) (c js.Consumer, err error) {
	stream, want := l.queue.stream(requests), l.consumerConfig()
	err = l.briefly(ctx, func(ctx context.Context) (err error) {
		c, err = l.js.Consumer(ctx, stream, want.Durable)
		return err
	})
	switch {
	case errors.Is(err, js.ErrConsumerNotFound) && !create:
		err = errMissing
	case errors.Is(err, js.ErrConsumerNotFound):
		err = l.briefly(ctx, func(ctx context.Context) (err error) {
			c, err = l.js.CreateConsumer(ctx, stream, want)
			if errors.Is(err, js.ErrConsumerExists) { // created in the meantime with other settings
				c, err = l.js.Consumer(ctx, stream, want.Durable)
			}
			return err
		})
	case errors.Is(err, js.ErrNotPullConsumer):
		err = errors.New("it is a push consumer, but must be a pull consumer; delete the consumer, or choose another Queue.Name")
	}
	if err != nil {
		return nil, fmt.Errorf("consumer %q of stream %q: %w", want.Durable, stream, l.explain(err))
	}
	if err := differences(consumerSettings(c.CachedInfo().Config, want)); err != nil {
		return nil, fmt.Errorf("the settings of consumer %q of stream %q do not suit this queue: %w; "+
			"delete the consumer, or choose another Queue.Name", want.Durable, stream, err)
	}
	return c, nil
}

func (l *link) consumerConfig() js.ConsumerConfig {
	return js.ConsumerConfig{
		Durable:       l.topic.space,
		FilterSubject: l.topic.subject(requests, "*"),
		AckPolicy:     js.AckExplicitPolicy,
		AckWait:       l.queue.AckWait,
		MaxDeliver:    -1, // workers count deliveries, because the server would leave such a request in the stream
		MaxAckPending: -1,
		MaxWaiting:    mostIdle,
	}
}

// setting is a setting of a stream or a consumer.
type setting struct {
	name      string
	has, want any
	fine      bool
}

// streamSettings compares the settings of a stream with those that the queue needs.
func streamSettings(kind string, has, want js.StreamConfig) []setting {
	subjects := want.Subjects[0]
	covered := false
	for _, s := range has.Subjects {
		covered = covered || covers(s, subjects)
	}
	all := []setting{
		{"num_replicas", has.Replicas, fmt.Sprintf("at least %d", want.Replicas), has.Replicas >= want.Replicas},
		{"subjects", fmt.Sprintf("%q", has.Subjects), fmt.Sprintf("%q", subjects), covered},
		{"retention", has.Retention, want.Retention, has.Retention == want.Retention},
		{"no_ack", has.NoAck, false, !has.NoAck},
		{"sealed", has.Sealed, false, !has.Sealed},
		{"mirror", has.Mirror != nil, false, has.Mirror == nil},
		{"subject_transform", has.SubjectTransform != nil, false, has.SubjectTransform == nil},
	}
	switch kind {
	case requests:
		all = append(all, setting{"discard", has.Discard, want.Discard, has.Discard == want.Discard})
	case results: // the first reply must be kept
		all = append(all, setting{"max_msgs_per_subject", has.MaxMsgsPerSubject, -1, has.MaxMsgsPerSubject <= 0})
	}
	return all
}

// consumerSettings compares the settings of a consumer with those that the queue needs.
func consumerSettings(has, want js.ConsumerConfig) []setting {
	filters := has.FilterSubjects
	if has.FilterSubject != "" {
		filters = []string{has.FilterSubject}
	}
	return []setting{
		{"filter_subject", fmt.Sprintf("%q", filters), fmt.Sprintf("%q", want.FilterSubject),
			len(filters) == 1 && filters[0] == want.FilterSubject},
		{"ack_policy", has.AckPolicy, want.AckPolicy, has.AckPolicy == want.AckPolicy},
		{"max_deliver", has.MaxDeliver, want.MaxDeliver, has.MaxDeliver <= 0},
		{"headers_only", has.HeadersOnly, false, !has.HeadersOnly},
		{"max_expires", has.MaxRequestExpires, "0s or at least " + expiry.String(),
			has.MaxRequestExpires == 0 || has.MaxRequestExpires >= expiry},
		{"priority_groups", fmt.Sprintf("%q", has.PriorityGroups), "none", len(has.PriorityGroups) == 0},
	}
}

// differences returns an error that lists the settings that do not suit the queue, or nil if there are none.
func differences(all []setting) error {
	var wrong []string
	for _, s := range all {
		if !s.fine {
			wrong = append(wrong, fmt.Sprintf("%s is %v, want %v", s.name, s.has, s.want))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return errors.New(strings.Join(wrong, "; "))
}

// explain translates an error of opening a stream or consumer into the user's terms.
func (l *link) explain(err error) error {
	const notReplicated = 10074
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return fmt.Errorf("nothing answers on %q: is JetStream enabled on the server (nats-server -js), "+
			"and are Queue.Domain and Queue.APIPrefix correct? %w", l.api+">", err)
	case hasCode(err, js.JSErrCodeJetStreamNotEnabledForAccount):
		return fmt.Errorf("JetStream must be enabled for this user's account: %w", err)
	case hasCode(err, notReplicated):
		return fmt.Errorf("Queue.Replicas is %d: %w", l.queue.Replicas, err)
	case isSilent(err):
		return fmt.Errorf("%w: %w", ErrNoAnswer, err)
	default:
		return err
	}
}
