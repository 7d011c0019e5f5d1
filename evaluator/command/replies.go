package command

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

var errAfterAnswer = errors.New("it went on writing after its answer to the request before")

// answer is a line of standard output that is meant as a reply: the reply, or what is wrong with it.
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

	mu      sync.Mutex
	asked   bool
	request *request // nil between requests
	spoilt  error    // why no request may begin
}

// begin begins a request.
func (c *current) begin(id string) (*request, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.spoilt != nil {
		return nil, c.spoilt
	}
	if !c.asked {
		c.asked = true
		close(c.first)
	}
	c.request = &request{id: id, answers: make(chan answer), done: make(chan struct{})}
	return c.request, nil
}

// finish ends a request.
func (c *current) finish(r *request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.request = nil
	close(r.done)
}

// readReplies hands the replies of the process to its requests until standard output ends.
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

// reader returns how to read a reply.
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

// deliver hands an answer to the current request, or to the first one if there has been none. Between requests the answer
// is ignored, or in strict mode spoils the process. It returns false if the process is given up.
func (p *process) deliver(a answer) bool {
	select {
	case <-p.first:
	case <-p.forsaken:
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
		case <-p.forsaken:
			return false
		}
	}
}

// pending returns the current request. If there is none, it deals with the answer.
func (p *process) pending(a answer) *request {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.request != nil:
		return p.request
	case p.strict:
		p.spoilt = errAfterAnswer
		if a.err != nil {
			p.spoilt = fmt.Errorf("%w: %w", errAfterAnswer, a.err)
		}
	default:
		p.ignore("line after the answer", "request", a.reply.ID, "error", a.err)
	}
	return nil
}

// ignore logs a fault of the program that has no consequence.
func (p *process) ignore(what string, details ...any) { p.log.Warn("ignored a "+what, details...) }
