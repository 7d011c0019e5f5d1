package model

import (
	"errors"
	"net"
	"strings"
	"sync"
)

// Server is a model of a NATS server. Create it with New.
type Server struct {
	mu        sync.Mutex
	seed      uint64
	conns     []*conn // in the order in which they connected
	accepted  uint64
	streams   map[string]*stream
	consumers map[string]*consumer // by stream and name
	faults    Faults
	trace     func(op, subject string)
}

// Faults are the current faults of a Server.
type Faults struct {
	Down     bool            // the server accepts no connections
	Disabled bool            // JetStream is disabled, and clients get an error
	Mute     map[string]bool // streams that do not answer when a message is published
	Refusing map[string]bool // streams that reject published messages with an error
}

// New returns a server without streams. Its delays are drawn from the seed. trace, if not nil, is called with every command that
// arrives.
func New(seed uint64, trace func(op, subject string)) *Server {
	if trace == nil {
		trace = func(string, string) {}
	}
	return &Server{
		seed: seed, streams: map[string]*stream{}, consumers: map[string]*consumer{}, trace: trace,
	}
}

// Client makes the connections of one client. It implements nats.InProcessConnProvider and can interrupt the connection.
type Client struct {
	server *Server
	mu     sync.Mutex
	now    *conn
	silent bool // whether messages in both directions are dropped
	gone   bool // whether new connections are rejected
}

// Client returns a client that has no connection yet.
func (s *Server) Client() *Client { return &Client{server: s} }

var errDown = errors.New("connection refused")

// InProcessConn returns a new connection. It returns an error if the server is down, or if the client was silenced or killed.
func (c *Client) InProcessConn() (net.Conn, error) {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.faults.Down || c.gone || c.silent {
		return nil, errDown
	}
	s.accepted++
	here, there := net.Pipe()
	c.now = &conn{
		server: s, client: c, pipe: there,
		in: newLane(s.seed, 2*s.accepted), out: newLane(s.seed, 2*s.accepted+1),
	}
	s.conns = append(s.conns, c.now)
	c.now.begin()
	return here, nil
}

// Cut ends the client's connection. It may connect again.
func (c *Client) Cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now != nil {
		_ = c.now.pipe.Close()
	}
}

// Silence drops everything that is sent in either direction, until it is called with false.
func (c *Client) Silence(silent bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.silent = silent
}

// Kill ends the client's connection and prevents new ones.
func (c *Client) Kill() {
	c.Cut()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = true
}

func (c *Client) isSilent() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.silent
}

// Set changes the current faults.
func (s *Server) Set(change func(*Faults)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.faults)
	if s.faults.Down {
		for _, c := range s.conns {
			_ = c.pipe.Close()
		}
	}
}

// Delete deletes a stream with its consumers.
func (s *Server) Delete(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.streams, name)
	for key, c := range s.consumers {
		if c.stream.name() == name {
			c.stop()
			delete(s.consumers, key)
		}
	}
}

// Forget removes the last n messages of a stream, like a power failure before a sync.
func (s *Server) Forget(name string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st := s.streams[name]; st != nil {
		for range min(n, len(st.messages)) {
			st.remove(st.messages[len(st.messages)-1].seq)
		}
		clear(st.ids)
	}
}

// Count returns the number of messages in a stream.
func (s *Server) Count(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st := s.streams[name]; st != nil {
		return len(st.messages)
	}
	return 0
}

// matches reports whether a subject matches a pattern with wildcards.
func matches(pattern, subject string) bool {
	for {
		p, restP, moreP := strings.Cut(pattern, ".")
		s, restS, moreS := strings.Cut(subject, ".")
		switch {
		case p == ">":
			return true
		case p != "*" && p != s, moreP != moreS && restP != ">":
			return false
		case !moreP:
			return !moreS
		case !moreS:
			return false
		}
		pattern, subject = restP, restS
	}
}
