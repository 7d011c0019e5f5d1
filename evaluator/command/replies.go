package command

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

var errAfterAnswer = errors.New("it wrote more lines after its answer to the previous request")

// answer is a line of standard output that is meant as a reply: the reply, or the error of reading it.
type answer struct {
	reply protocol.Reply
	err   error
}

// request is a request that a process is answering.
type request struct {
	id      string
	answers chan answer
	done    chan struct{} // closed when no more answers are read
}

// current is the request that a process is answering, if any.
type current struct {
	first chan struct{} // closed when the first request begins

	mu       sync.Mutex
	asked    bool
	request  *request // nil between requests
	unusable error    // if not nil, no request may begin
}

// begin makes a new request the current one.
func (c *current) begin(id string) (*request, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.unusable != nil {
		return nil, c.unusable
	}
	if !c.asked {
		c.asked = true
		close(c.first)
	}
	c.request = &request{id: id, answers: make(chan answer), done: make(chan struct{})}
	return c.request, nil
}

// finish ends the current request.
func (c *current) finish(r *request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.request = nil
	close(r.done)
}

// readReplies reads the standard output of the process until it ends, and passes each reply to the current request.
func (p *process) readReplies(stdout io.Reader) {
	defer close(p.silent)
	output := io.TeeReader(stdout, &p.unended)
	read := p.reader(output)
	for {
		var a answer
		if a.reply, a.err = read(); a.err != nil && !errors.Is(a.err, protocol.ErrMalformed) {
			return
		}
		if !p.deliver(a) {
			_, _ = io.Copy(io.Discard, stdout)
			return
		}
	}
}

// reader returns a function that reads the next reply.
func (p *process) reader(output io.Reader) func() (protocol.Reply, error) {
	if p.strict {
		strict := protocol.NewReader(output)
		return func() (reply protocol.Reply, err error) {
			err = strict.Read(&reply)
			return reply, err
		}
	}
	return protocol.NewReplyReader(output, func(line string, err error) {
		_, _ = io.WriteString(&p.stdout, line+"\n")
		if err != nil {
			p.ignore("malformed progress line", "line", line, "error", err)
			return
		}
		p.log.Info("output that is not a reply", "line", line)
	}).Read
}

// deliver passes an answer to the current request. Before the first request it waits for that request. Between requests, the
// answer is surplus. It returns false if the rest of the output is discarded.
func (p *process) deliver(a answer) bool {
	select {
	case <-p.first:
	case <-p.discarded:
		return false
	}
	for {
		r := p.pending(a)
		if r == nil {
			return true
		}
		select {
		case r.answers <- a:
			return true
		case <-r.done:
		case <-p.discarded:
			return false
		}
	}
}

// pending returns the current request, or nil between requests, when the answer is surplus.
func (p *process) pending(a answer) *request {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.request == nil {
		p.surplus(a)
	}
	return p.request
}

// surplus ignores an answer that follows the last reply to a request, or in strict mode makes the process refuse further requests.
// The caller must hold mu.
func (p *process) surplus(a answer) {
	if !p.strict {
		p.ignore("line after the answer", "request", a.reply.ID, "error", a.err)
		return
	}
	p.unusable = errAfterAnswer
	if a.err != nil {
		p.unusable = fmt.Errorf("%w: %w", errAfterAnswer, a.err)
	}
}

// ignore logs a fault of the program that is otherwise ignored.
func (p *process) ignore(what string, details ...any) { p.log.Warn("ignored a "+what, details...) }
