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

// Serve reads requests from r, evaluates them one after the other, and writes the replies to w, as [Answer] describes. Blank
// lines are skipped.
//
// Serve returns nil at the end of r. It returns an error if a line is not a request, if writing to w fails, or if the
// evaluator's error wraps [evaluator.ErrBroken]; before that it answers the request with a temporary failure, because another
// program may succeed. If ctx ends, Serve abandons a running Read of r and returns context.Cause(ctx).
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

// readAll reads requests in the background, until an error occurs or ctx ends.
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

// answer evaluates a request and writes the reply. An error ends Serve.
func (s *server) answer(ctx context.Context, r Request) error {
	answered := false // guarded by s.mu; later progress is dropped
	report := func(p Progress) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !answered {
			_ = Write(s.w, &Reply{ID: r.ID, Progress: &p}) // if it fails, the final reply fails too
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
