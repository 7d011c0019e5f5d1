package model

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	js "github.com/nats-io/nats.go/jetstream"
)

// consumer delivers the messages of a work queue, one for each call.
type consumer struct {
	server    *Server
	stream    *stream
	config    js.ConsumerConfig
	delivered map[uint64]int         // number of deliveries, by sequence number
	taken     map[uint64]time.Time   // until when a client owns a message, or a negative acknowledgement delays it
	waiting   []waiting              // waiting calls
	timer     *time.Timer            // calls serve when a message may become available again
	beats     map[string]*time.Timer // heartbeat timers of the calls
	stopped   bool
}

type waiting struct {
	reply   string
	expires time.Time
}

func newConsumer(s *Server, st *stream, config js.ConsumerConfig) *consumer {
	c := &consumer{
		server: s, stream: st, config: config, delivered: map[uint64]int{}, taken: map[uint64]time.Time{},
		beats: map[string]*time.Timer{},
	}
	c.timer = time.AfterFunc(time.Hour, c.tick)
	return c
}

func (c *consumer) tick() {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	if !c.stopped {
		c.serve()
	}
}

func (c *consumer) stop() {
	c.stopped = true
	c.timer.Stop()
	for _, t := range c.beats {
		t.Stop()
	}
}

func (c *consumer) info() js.ConsumerInfo {
	pending := 0
	for _, m := range c.stream.messages {
		if _, taken := c.taken[m.seq]; !taken && matches(c.config.FilterSubject, m.subject) {
			pending++
		}
	}
	return js.ConsumerInfo{
		Stream: c.stream.name(), Name: c.config.Durable, Config: c.config,
		NumAckPending: len(c.taken), NumPending: uint64(pending), NumWaiting: len(c.waiting),
	}
}

// ask handles a call for a message.
func (c *consumer) ask(m message) {
	var r struct {
		Expires   time.Duration `json:"expires"`
		Heartbeat time.Duration `json:"idle_heartbeat"`
	}
	if json.Unmarshal(m.data, &r) != nil || 2*r.Heartbeat > r.Expires {
		c.server.status(m.reply, 400, "Bad Request")
		return
	}
	c.waiting = append(c.waiting, waiting{m.reply, time.Now().Add(r.Expires)})
	c.beat(m.reply, r.Heartbeat)
	c.serve()
}

// beat sends heartbeats to a client whose call waits.
func (c *consumer) beat(reply string, every time.Duration) {
	c.beats[reply] = time.AfterFunc(every, func() {
		c.server.mu.Lock()
		defer c.server.mu.Unlock()
		if slices.ContainsFunc(c.waiting, func(w waiting) bool { return w.reply == reply }) && !c.stopped {
			c.server.status(reply, 100, "Idle Heartbeat")
			c.beat(reply, every)
		}
	})
}

// serve delivers available messages to waiting calls. It drops calls of clients that are gone.
func (c *consumer) serve() {
	now := time.Now()
	if c.server.faults.Disabled {
		c.timer.Reset(time.Second)
		return
	}
	c.waiting = slices.DeleteFunc(c.waiting, func(w waiting) bool {
		switch {
		case !c.server.subscribed(w.reply):
			return true
		case now.Before(w.expires):
			return false
		}
		c.server.status(w.reply, 408, "Request Timeout")
		return true
	})
	for _, m := range c.stream.messages {
		if len(c.waiting) == 0 {
			break
		}
		if until, taken := c.taken[m.seq]; taken && now.Before(until) || !matches(c.config.FilterSubject, m.subject) {
			continue
		}
		w := c.waiting[0]
		c.waiting = c.waiting[1:]
		c.delivered[m.seq]++
		c.taken[m.seq] = now.Add(c.config.AckWait)
		reply := fmt.Sprintf("$JS.ACK.%s.%s.%d.%d.%d.%d.0", c.stream.name(), c.config.Durable, c.delivered[m.seq], m.seq, m.seq, now.UnixNano())
		c.server.deliverTo(w.reply, message{subject: m.subject, reply: reply, header: m.header, data: m.data})
	}
	next := time.Hour
	for _, seq := range slices.Sorted(maps.Keys(c.taken)) {
		if _, there := c.stream.find(seq); !there {
			delete(c.taken, seq)
			continue
		}
		if left := c.taken[seq].Sub(now); left > 0 {
			next = min(next, left)
		}
	}
	c.timer.Reset(next)
}

// subscribed reports whether a subject has a subscriber.
func (s *Server) subscribed(subject string) bool {
	for _, c := range s.conns {
		for _, sub := range c.subs {
			if matches(sub.pattern, subject) {
				return true
			}
		}
	}
	return false
}

// deliverTo sends a message, with its own subject, to the subscribers of inbox, and reports whether there are any.
func (s *Server) deliverTo(inbox string, m message) (any bool) {
	for _, c := range s.conns {
		for _, sub := range c.subs {
			if matches(sub.pattern, inbox) {
				c.send(m.text(sub.id), false)
				any = true
			}
		}
	}
	return any
}

// acknowledge handles an acknowledgement of any kind.
func (s *Server) acknowledge(m message) {
	tokens := strings.Split(m.subject, ".")
	c := s.consumers[tokens[2]+"."+tokens[3]]
	var seq uint64
	if _, err := fmt.Sscan(tokens[5], &seq); err != nil || c == nil {
		return
	}
	if _, taken := c.taken[seq]; !taken {
		return
	}
	kind, rest, _ := strings.Cut(string(m.data), " ")
	switch kind {
	case "", "+ACK":
		delete(c.taken, seq)
		c.stream.remove(seq)
	case "+WPI":
		c.taken[seq] = time.Now().Add(c.config.AckWait)
	case "-NAK":
		var r struct{ Delay time.Duration }
		_ = json.Unmarshal([]byte(rest), &r) // may be empty
		c.taken[seq] = time.Now().Add(r.Delay)
	}
	c.serve()
}
