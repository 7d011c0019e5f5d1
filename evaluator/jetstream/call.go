package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"github.com/graphpnas/graphpnas/evaluator"
)

const (
	// call is the timeout of one call to the server.
	call = 5 * time.Second
	// opening is how long calls are repeated while a coordinator or a worker starts.
	opening = 10 * time.Second
)

// once calls the server once. The error wraps nats.ErrPermissionViolation if the user lacks the permission for the call.
func (l *link) once(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, call)
	defer cancel()
	before := l.nc.LastError()
	look := time.AfterFunc(soon, func() {
		if l.denied(before) != nil {
			cancel()
		}
	})
	defer look.Stop()
	err := f(ctx)
	if err != nil && isSilent(err) {
		if denied := l.denied(before); denied != nil {
			return denied
		}
	}
	return err
}

// briefly calls the server, and repeats the call for a short time if the server is not ready.
func (l *link) briefly(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, opening)
	defer cancel()
	for begin := time.Now(); ; {
		err := l.once(ctx, f)
		switch {
		case err == nil || !isSilent(err) && !isUnready(err):
			return err
		case errors.Is(err, nats.ErrNoResponders) && time.Since(begin) > reportAfter: // JetStream is not there
			return err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}

// patiently repeats a call to the server until it answers: the server may be restarting, or a stream may be full. It gives up if
// ctx ends, the connection is closed for good, the user lacks a permission, the message is too large, or f returns an error that
// wraps evaluator.ErrBroken. It also gives up after the link's patience, unless a stream is full. what names the call in errors.
func (l *link) patiently(ctx context.Context, what string, f func(context.Context) error) error {
	wait := 10 * time.Millisecond
	begin := time.Now()
	for lost := begin; ; wait = min(2*wait, time.Second) { // patience is counted from lost
		if l.outlasts && !l.nc.IsConnected() {
			lost = time.Now()
		}
		err := l.limited(ctx, l.patience-time.Since(lost), f)
		switch {
		case err == nil:
			l.troubles.over(what)
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case l.nc.IsClosed():
			return l.disconnected()
		case errors.Is(err, nats.ErrPermissionViolation):
			return fmt.Errorf("%w: %s: %w", evaluator.ErrBroken, what, err)
		case isTooLarge(err), errors.Is(err, evaluator.ErrBroken):
			return err
		case isFull(err):
			lost = time.Now()
			err = fmt.Errorf("%w: %w", ErrQueueFull, err)
		case isSilent(err) && l.nc.IsConnected():
			err = fmt.Errorf("%w, although the connection is up; its disk may be full or damaged: %w", ErrNoAnswer, err)
		case isSilent(err):
			err = fmt.Errorf("%w: %w", ErrNoAnswer, err)
		}
		if time.Since(lost) >= l.patience {
			return fmt.Errorf("%w: %s has failed for %v: %w", evaluator.ErrBroken, what, l.patience, err)
		}
		if time.Since(begin) >= reportAfter {
			l.trouble(what, fmt.Errorf("%s: %w", what, err))
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// trouble reports a lasting error, on this side and to the other side.
func (l *link) trouble(what string, err error) {
	if l.troubles.begin(what, err) && l.notify != nil && l.nc.IsConnected() {
		l.notify(err)
	}
}

// limited calls the server once, within the time left but at least long enough for an answer.
func (l *link) limited(ctx context.Context, left time.Duration, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, max(left, soon))
	defer cancel()
	return l.once(ctx, f)
}

// isSilent reports whether an error means that the server did not answer.
func isSilent(err error) bool {
	for _, silent := range []error{
		context.DeadlineExceeded, context.Canceled, nats.ErrTimeout, nats.ErrNoResponders, js.ErrNoStreamResponse,
		nats.ErrDisconnected, nats.ErrReconnectBufExceeded,
	} {
		if errors.Is(err, silent) {
			return true
		}
	}
	return false
}

// isUnready reports whether JetStream has no leader at the moment.
func isUnready(err error) bool {
	const unavailable = 10008
	return hasCode(err, unavailable)
}

// isFull reports whether a stream has rejected a message because of its limits.
func isFull(err error) bool {
	const storeFailed = 10077 // the description has the reason, such as "maximum messages exceeded"
	return hasCode(err, storeFailed) && strings.Contains(err.Error(), "maximum")
}

// isTooLarge reports whether a message is larger than the server or a stream allows.
func isTooLarge(err error) bool {
	const tooLarge = 10054
	return errors.Is(err, nats.ErrMaxPayload) || hasCode(err, tooLarge)
}

func hasCode(err error, codes ...js.ErrorCode) bool {
	var api *js.APIError
	if !errors.As(err, &api) {
		return false
	}
	for _, c := range codes {
		if api.ErrorCode == c {
			return true
		}
	}
	return false
}
