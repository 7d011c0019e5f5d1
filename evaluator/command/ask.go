package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

// settle is how long a process that has closed a pipe may take to end: most have closed it by ending.
const settle = 500 * time.Millisecond

// ask writes a request and returns the reply that ends it, a result or a failure. After an error the process is of no use
// any more, and must be killed.
func (p *process) ask(ctx context.Context, id string, line []byte, report func(protocol.Progress)) (protocol.Reply, error) {
	written := make(chan error, 1)
	go func() { // ends with the process at the latest
		_, err := p.stdin.Write(line)
		written <- err
	}()
	return p.await(ctx, id, written, report)
}

// await returns the last reply to a request, once the request is written: what is left of it would come before the next.
func (p *process) await(
	ctx context.Context, id string, written <-chan error, report func(protocol.Progress),
) (reply protocol.Reply, err error) {
	for written != nil || reply.ID == "" {
		select {
		case <-ctx.Done():
			return reply, context.Cause(ctx)
		case err := <-written:
			if err != nil {
				return reply, p.death(fmt.Errorf("it does not read its standard input: %w", err))
			}
			written = nil
		case a, ok := <-p.replies:
			if !ok {
				return reply, p.death(errors.New("it closed its standard output before it answered"))
			}
			if err := p.check(a, id); err != nil {
				return reply, err
			}
			if a.reply.Progress != nil {
				report(*a.reply.Progress)
			} else {
				reply, p.answered = a.reply, id
			}
		}
	}
	return reply, nil
}

// check tells what is wrong with a line that comes while the request of that id is under way.
func (p *process) check(a answer, id string) error {
	switch {
	case a.err != nil:
		return fmt.Errorf("it wrote what is no reply: %w", a.err)
	case a.reply.ID == p.answered:
		return fmt.Errorf("it wrote on after its answer to request %q: %w", p.answered, evaluator.ErrTemporary)
	case a.reply.ID != id:
		return fmt.Errorf("it answered request %q, and was asked %q", a.reply.ID, id)
	default:
		return nil
	}
}

// death is the error of a process that has closed a pipe: how it ended, or else that it is alive without the pipe.
func (p *process) death(alive error) error {
	select {
	case <-p.exited:
		return fmt.Errorf("it ended before it answered: %v: %w", p.cmd.ProcessState, evaluator.ErrTemporary)
	case <-time.After(settle):
		return fmt.Errorf("%w: %w", alive, evaluator.ErrTemporary)
	}
}
