package jetstream

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"
)

// soon is the time after which a call first checks whether the server has denied it. A server does not answer calls that it
// denies.
const soon = 250 * time.Millisecond

// violation matches the subject in a server's error about a missing permission.
var violation = regexp.MustCompile(`(?i)permissions violation for (publish|subscription) to "(\S+)"`)

// denied returns an error if the server has denied an operation of this queue since the connection's last error was before. Servers
// report denials asynchronously, and the connection's error handler belongs to the user.
func (l *link) denied(before error) error {
	err := l.nc.LastError()
	if err == before || !errors.Is(err, nats.ErrPermissionViolation) {
		return nil
	}
	found := violation.FindStringSubmatch(err.Error())
	if found == nil {
		return nil
	}
	allow := l.permission(found[2])
	if allow == "" {
		return nil // it concerns another use of the connection
	}
	may := "publish"
	if strings.EqualFold(found[1], "subscription") {
		may = "subscribe"
	}
	return &deniedError{may, allow, err}
}

// deniedError is the error of a missing permission.
type deniedError struct {
	may, subjects string
	err           error
}

func (e *deniedError) Error() string {
	return fmt.Sprintf("the server does not allow this user to %s to %q: add this to the user's permissions", e.may, e.subjects)
}

func (e *deniedError) Unwrap() error { return e.err }

// permission returns the subjects to allow, given a denied one, or "" if the subject does not belong to this queue.
func (l *link) permission(subject string) string {
	inbox := l.inboxes()
	switch {
	case strings.HasPrefix(subject, inbox):
		return inbox + ">"
	case strings.HasPrefix(subject, l.api) && (strings.Contains(subject, l.queue.Name+"-") || subject == l.api+"STREAM.NAMES"):
		return subject
	case strings.HasPrefix(subject, "$JS.ACK.") && strings.Contains(subject, "."+l.queue.stream(requests)+"."):
		return "$JS.ACK." + l.queue.stream(requests) + ".>"
	}
	for _, kind := range []string{requests, results, dead, done} {
		if prefix := l.queue.Name + "." + kind + "."; strings.HasPrefix(subject, prefix) {
			return prefix + ">"
		}
	}
	return ""
}

// inboxes returns the prefix of the subjects that servers answer on.
func (l *link) inboxes() string {
	if p := l.nc.Opts.InboxPrefix; p != "" {
		return strings.TrimSuffix(p, ".") + "."
	}
	return nats.InboxPrefix
}

// maySubscribe checks that the user may subscribe to a subject.
func (l *link) maySubscribe(ctx context.Context, subject string) error {
	return l.briefly(ctx, func(ctx context.Context) error {
		before := l.nc.LastError()
		s, err := l.nc.SubscribeSync(subject)
		if err != nil {
			return err
		}
		defer func() { _ = s.Unsubscribe() }() // fails only if the connection is closed
		if err := l.nc.FlushWithContext(ctx); err != nil {
			return err
		}
		return l.denied(before)
	})
}

// mayPublish checks that the user may publish to a subject that belongs to no stream, by publishing to it.
func (l *link) mayPublish(ctx context.Context, subject, text string) error {
	return l.briefly(ctx, func(ctx context.Context) error {
		before := l.nc.LastError()
		if err := l.nc.Publish(subject, []byte(text)); err != nil {
			return err
		}
		if err := l.nc.FlushWithContext(ctx); err != nil {
			return err
		}
		return l.denied(before)
	})
}

// mayFill checks that the user may publish to the subjects of a stream, with a message that the stream rejects because its header
// expects another stream.
func (l *link) mayFill(ctx context.Context, kind string) error {
	subject := l.topic.subject(kind, nobody)
	return l.briefly(ctx, func(ctx context.Context) error {
		_, err := l.js.Publish(ctx, subject, nil, js.WithExpectStream("none"))
		var answer *js.APIError
		switch {
		case errors.As(err, &answer):
			return nil
		case errors.Is(err, nats.ErrNoResponders):
			return fmt.Errorf("no stream has the subject %q", subject)
		default:
			return err
		}
	})
}

// mayTake checks that the user may take requests, with an invalid call.
func (l *link) mayTake(ctx context.Context) error {
	const invalid = `{"batch":1,"expires":1000000000,"idle_heartbeat":1000000000}` // a heartbeat must be shorter
	return l.briefly(ctx, func(ctx context.Context) error {
		_, err := l.nc.RequestWithContext(ctx, l.nextSubject(), []byte(invalid))
		return err
	})
}

// mayAcknowledge checks that the user may acknowledge requests, with a heartbeat for a request that does not exist.
func (l *link) mayAcknowledge(ctx context.Context) error {
	c := l.consumer.CachedInfo()
	return l.mayPublish(ctx, fmt.Sprintf("$JS.ACK.%s.%s.1.0.0.0.0", c.Stream, c.Name), "+WPI")
}

// mayFind checks that the user may read the results.
func (l *link) mayFind(ctx context.Context) error {
	return l.briefly(ctx, func(ctx context.Context) error {
		_, _, err := l.find(ctx, nobody, 0)
		return err
	})
}

// check is a test of one permission.
type check struct {
	what string
	may  func(context.Context) error
}

// mayCoordinate checks that the user has a coordinator's permissions.
func (l *link) mayCoordinate(ctx context.Context) error {
	return l.may(ctx,
		check{"sending requests", func(ctx context.Context) error { return l.mayFill(ctx, requests) }},
		check{"reading results", l.mayFind},
		check{"receiving notices of results", func(ctx context.Context) error { return l.maySubscribe(ctx, l.topic.subject(done, "*")) }},
	)
}

// mayWork checks that the user has a worker's permissions.
func (l *link) mayWork(ctx context.Context) error {
	return l.may(ctx,
		check{"taking requests", l.mayTake},
		check{"acknowledging requests", l.mayAcknowledge},
		check{"reading results", l.mayFind},
		check{"sending results", func(ctx context.Context) error { return l.mayFill(ctx, results) }},
		check{"sending dead letters", func(ctx context.Context) error { return l.mayFill(ctx, dead) }},
		check{"notifying coordinators", func(ctx context.Context) error {
			return l.mayPublish(ctx, l.topic.subject(done, nobody), "")
		}},
	)
}

// may runs the checks and returns one error that lists all missing permissions. It returns any other error immediately.
func (l *link) may(ctx context.Context, checks ...check) error {
	var missing []error
	for _, c := range checks {
		err := c.may(ctx)
		if err == nil {
			continue
		}
		err = fmt.Errorf("%s: %w", c.what, l.explain(err))
		if !errors.Is(err, nats.ErrPermissionViolation) {
			return err
		}
		missing = append(missing, err)
	}
	return errors.Join(missing...)
}
