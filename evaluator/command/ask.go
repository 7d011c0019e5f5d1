package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

// settle is how long a process may take to exit after it has closed a pipe. Usually a pipe closes because the process exits, but on
// a busy machine that is noticed late.
const settle = 2 * time.Second

// ambiguousError is the error of a process that has answered before and then wrote a line that is either about an earlier
// request or a faulty reply to the current one.
type ambiguousError struct{ error }

func (e ambiguousError) Unwrap() error { return e.error }

// unreadError is the error of a process that has answered before and exited before it read the current request.
type unreadError struct{ error }

func (e unreadError) Unwrap() error { return e.error }

// ask writes a request and returns the reply that ends it, a result or a failure. After an error, the process must not be used
// again and must be killed. Error texts are about the process and begin with "it".
func (p *process) ask(ctx context.Context, id string, line []byte, report func(protocol.Progress)) (protocol.Reply, error) {
	r, err := p.begin(id)
	if err != nil {
		return protocol.Reply{}, err
	}
	defer p.finish(r)
	written, length := make(chan error, 1), make(chan int, 1)
	go func() { // ends at the latest when the process does
		n, err := p.stdin.Write(line)
		length <- n
		written <- err
	}()
	reply, err := p.await(ctx, r, written, report)
	if err != nil && ctx.Err() == nil && len(p.answered) > 0 && p.hasExited() && p.ignored(<-length) {
		err = unreadError{err}
	}
	return reply, err
}

// ignored reports whether the process has exited without reading any of the request. written is the number of bytes of the
// request that were written. On systems that do not report what was read, a process that exited successfully is assumed to have
// read nothing, because otherwise it would have answered.
func (p *process) ignored(written int) bool {
	left := unread(p.stdin)
	if left < 0 {
		return written == 0 || p.cmd.ProcessState.Success()
	}
	return left == written
}

// await returns the last reply to a request. It first waits until the whole request has been written; otherwise the rest of it
// would be written before the next request.
func (p *process) await(
	ctx context.Context, r *request, written <-chan error, report func(protocol.Progress),
) (reply protocol.Reply, err error) {
	silent := p.silent
	for written != nil || reply.ID == "" {
		select {
		case <-ctx.Done():
			return reply, context.Cause(ctx)
		case err := <-written:
			if err != nil {
				return reply, p.death(fmt.Errorf("it does not read its standard input: %w", err))
			}
			written = nil
		case <-silent:
			return reply, p.death(errors.New("it closed its standard output before it answered"))
		case a := <-r.answers:
			if reply.ID != "" {
				p.mu.Lock()
				p.surplus(a)
				p.mu.Unlock()
				continue
			}
			if err := p.check(a, r.id); err != nil {
				return reply, err
			}
			switch {
			case a.reply.ID != r.id: // late progress
				p.ignore("progress of an earlier request", "request", a.reply.ID)
			case a.reply.Progress != nil:
				report(*a.reply.Progress)
			default:
				reply = a.reply
				silent = nil // the process may exit now; await only waits for the write
				p.answered[r.id] = true
			}
		}
	}
	return reply, nil
}

// check returns an error if a reply is not valid while the request with the given id is running.
func (p *process) check(a answer, id string) error {
	var err error
	switch answered := p.answered[a.reply.ID]; {
	case a.err != nil:
		err = fmt.Errorf("it wrote an invalid reply: %w", a.err)
	case a.reply.ID == id && !answered, answered && a.reply.Progress != nil && !p.strict:
		return nil
	case answered:
		err = fmt.Errorf("it answered request %q a second time", a.reply.ID)
	default:
		err = fmt.Errorf("it answered request %q instead of %q: replies must repeat the id of their request", a.reply.ID, id)
	}
	if len(p.answered) > 0 && a.reply.ID != id && !p.strict {
		return ambiguousError{err}
	}
	return err
}

// death returns the error of a process that has closed a pipe: its exit status, or alive if it is still running.
func (p *process) death(alive error) error {
	select {
	case <-p.exited:
		return fmt.Errorf("it ended before it answered: %v", p.cmd.ProcessState)
	case <-time.After(settle):
		return alive
	}
}
