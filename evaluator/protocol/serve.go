package protocol

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Serve answers the requests on r with what e makes of them, one after the other, on w. The evaluator finds the request by
// [RequestFrom]. A failed evaluation, a panic and an objective that is not finite are answered as failures, as is a request
// for another space or for what is no architecture of this one.
//
// Serve returns nil at the end of r. It returns an error where a line is no request or w cannot be written, where ctx ends
// (then context.Cause(ctx), and a Read of r that is under way is abandoned), and where the evaluator says that it is broken
// (then what wraps [evaluator.ErrBroken], after a failure that is temporary: another program may do better).
func Serve(ctx context.Context, r io.Reader, w io.Writer, space searchspace.Space, e evaluator.Evaluator) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := server{space: space, evaluator: e, w: w}
	requests := readAll(ctx, r)
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case in := <-requests:
			if in.err == io.EOF {
				return nil
			}
			if in.err != nil {
				return fmt.Errorf("reading a request: %w", in.err)
			}
			if err := s.answer(ctx, in.request); err != nil {
				return err
			}
		}
	}
}

type incoming struct {
	request Request
	err     error
}

// readAll reads requests ahead, up to the first error or the end of ctx.
func readAll(ctx context.Context, r io.Reader) <-chan incoming {
	requests := make(chan incoming)
	go func() {
		reader := NewReader(r)
		for {
			var in incoming
			in.err = reader.Read(&in.request)
			select {
			case requests <- in:
			case <-ctx.Done():
				return
			}
			if in.err != nil {
				return
			}
		}
	}()
	return requests
}

type server struct {
	space     searchspace.Space
	evaluator evaluator.Evaluator

	mu sync.Mutex // guards w
	w  io.Writer
}

// answer evaluates and replies. Its error ends the serving.
func (s *server) answer(ctx context.Context, r Request) error {
	answered := false // guarded by s.mu: from then on nothing is written of this request
	report := func(p Progress) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !answered {
			_ = Write(s.w, &Reply{ID: r.ID, Progress: &p}) // where it fails, the reply that follows will fail too
		}
	}
	reply, err := Answer(ctx, r, s.space, s.evaluator, report)
	s.mu.Lock()
	defer s.mu.Unlock()
	answered = true
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if unwritten := Write(s.w, &reply); unwritten != nil {
		return fmt.Errorf("answering request %q: %w", r.ID, unwritten)
	}
	if errors.Is(err, evaluator.ErrBroken) {
		return fmt.Errorf("request %q: %w", r.ID, err)
	}
	return nil
}
