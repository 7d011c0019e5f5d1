package model

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	js "github.com/nats-io/nats.go/jetstream"
)

// stream is a JetStream stream.
type stream struct {
	config   js.StreamConfig
	created  time.Time
	last     uint64
	messages []stored
	ids      map[string]uint64 // sequence numbers by message id, to detect duplicates
}

type stored struct {
	message
	seq  uint64
	time time.Time
}

func (st *stream) name() string { return st.config.Name }

func (st *stream) find(seq uint64) (stored, bool) {
	i, found := slices.BinarySearchFunc(st.messages, seq, func(m stored, seq uint64) int { return int(m.seq) - int(seq) })
	if !found {
		return stored{}, false
	}
	return st.messages[i], true
}

func (st *stream) remove(seq uint64) {
	st.messages = slices.DeleteFunc(st.messages, func(m stored) bool { return m.seq == seq })
}

// lastOf returns the sequence number of the last message of a subject, or 0.
func (st *stream) lastOf(subject string) uint64 {
	for _, m := range slices.Backward(st.messages) {
		if m.subject == subject {
			return m.seq
		}
	}
	return 0
}

// publish handles a published message: an API call, an acknowledgement, or a message for a stream or for subscribers.
func (s *Server) publish(c *conn, m message) {
	switch {
	case strings.HasPrefix(m.subject, "$JS.ACK."):
		if !s.faults.Disabled {
			s.acknowledge(m)
		}
		return
	case strings.HasPrefix(m.subject, js.DefaultAPIPrefix):
		if !s.faults.Disabled {
			s.call(strings.TrimPrefix(m.subject, js.DefaultAPIPrefix), m)
			return
		}
	default:
		for _, st := range s.streams {
			if matches(st.config.Subjects[0], m.subject) && !s.faults.Disabled {
				s.store(st, m)
				return
			}
		}
	}
	if !s.deliver(m) && m.reply != "" {
		s.status(m.reply, 503, "")
	}
}

// answer sends a JSON object, or an error.
func (s *Server) answer(m message, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // the types are the model's own
	}
	s.deliver(message{subject: m.reply, data: text})
}

type failure struct {
	Error js.APIError `json:"error"`
}

func (s *Server) refuse(m message, code int, id js.ErrorCode, text string) {
	s.answer(m, failure{js.APIError{Code: code, ErrorCode: id, Description: text}})
}

// store puts a message into a stream.
func (s *Server) store(st *stream, m message) {
	if want := m.field("Nats-Expected-Stream"); want != "" && want != st.name() {
		s.refuse(m, 400, 10060, "expected stream does not match")
		return
	}
	if seq, known := st.ids[m.field("Nats-Msg-Id")]; known {
		s.answer(m, js.PubAck{Stream: st.name(), Sequence: seq, Duplicate: true})
		return
	}
	if want := m.field("Nats-Expected-Last-Subject-Sequence"); want != "" {
		if last := st.lastOf(m.subject); want != strconv.FormatUint(last, 10) {
			s.refuse(m, 400, js.JSErrCodeStreamWrongLastSequence, fmt.Sprintf("wrong last sequence: %d", last))
			return
		}
	}
	switch {
	case st.config.MaxMsgs > 0 && len(st.messages) >= int(st.config.MaxMsgs) && st.config.Discard == js.DiscardNew:
		s.refuse(m, 503, 10077, "maximum messages exceeded")
		return
	case s.faults.Mute[st.name()]:
		return
	case s.faults.Refusing[st.name()]:
		s.refuse(m, 500, 10023, "insufficient resources")
		return
	}
	st.last++
	st.messages = append(st.messages, stored{m, st.last, time.Now()})
	if id := m.field("Nats-Msg-Id"); id != "" {
		st.ids[id] = st.last
	}
	if m.reply != "" {
		s.answer(m, js.PubAck{Stream: st.name(), Sequence: st.last})
	}
	for _, c := range s.consumers {
		if c.stream == st {
			c.serve()
		}
	}
}
