package model

import (
	"encoding/json"
	"strings"
	"time"

	js "github.com/nats-io/nats.go/jetstream"
)

// call answers a call of the JetStream API.
func (s *Server) call(what string, m message) {
	tokens := strings.Split(what, ".")
	verb, name := tokens[0]+"."+tokens[1], tokens[2]
	if verb == "STREAM.MSG" || verb == "CONSUMER.MSG" {
		verb, name = verb+"."+tokens[2], tokens[3]
		tokens = tokens[1:]
	}
	st := s.streams[name]
	if st == nil && verb != "STREAM.CREATE" {
		if verb == "CONSUMER.MSG.NEXT" {
			s.status(m.reply, 503, "")
			return
		}
		s.refuse(m, 404, js.JSErrCodeStreamNotFound, "stream not found")
		return
	}
	switch verb {
	case "STREAM.CREATE":
		s.createStream(st, m)
	case "STREAM.INFO":
		s.answer(m, st.info(m))
	case "STREAM.MSG.GET":
		s.get(st, m)
	case "STREAM.MSG.DELETE":
		var r struct{ Seq uint64 }
		_ = json.Unmarshal(m.data, &r)
		st.remove(r.Seq)
		s.answer(m, map[string]any{"success": true})
	default:
		s.callConsumer(verb, st, tokens[3], m)
	}
}

func (s *Server) createStream(st *stream, m message) {
	if st == nil {
		st = &stream{created: time.Now(), ids: map[string]uint64{}}
		_ = json.Unmarshal(m.data, &st.config) // encoded by the client library
		s.streams[st.name()] = st
	}
	s.answer(m, st.info(message{}))
}

// info answers a request for information about a stream, with the number of messages of each requested subject.
func (st *stream) info(m message) js.StreamInfo {
	var r struct {
		Filter string `json:"subjects_filter"`
	}
	_ = json.Unmarshal(m.data, &r) // may be empty
	state := js.StreamState{Msgs: uint64(len(st.messages)), LastSeq: st.last}
	if r.Filter != "" {
		state.Subjects = map[string]uint64{}
		for _, m := range st.messages {
			if matches(r.Filter, m.subject) {
				state.Subjects[m.subject]++
			}
		}
	}
	return js.StreamInfo{Config: st.config, Created: st.created, State: state}
}

// get answers with the first message of a subject at or after a sequence number.
func (s *Server) get(st *stream, m message) {
	var r struct {
		Seq  uint64
		Next string `json:"next_by_subj"`
	}
	_ = json.Unmarshal(m.data, &r)
	for _, x := range st.messages {
		if x.seq >= r.Seq && matches(r.Next, x.subject) {
			s.answer(m, map[string]any{"message": map[string]any{
				"subject": x.subject, "seq": x.seq, "hdrs": x.header, "data": x.data, "time": x.time,
			}})
			return
		}
	}
	s.refuse(m, 404, js.JSErrCodeMessageNotFound, "no message found")
}

func (s *Server) callConsumer(verb string, st *stream, name string, m message) {
	key := st.name() + "." + name
	c := s.consumers[key]
	switch {
	case verb == "CONSUMER.CREATE":
		if c == nil {
			var r struct{ Config js.ConsumerConfig }
			_ = json.Unmarshal(m.data, &r)
			c = newConsumer(s, st, r.Config)
			s.consumers[key] = c
		}
		s.answer(m, c.info())
	case c == nil && verb == "CONSUMER.MSG.NEXT":
		s.status(m.reply, 503, "")
	case c == nil:
		s.refuse(m, 404, js.JSErrCodeConsumerNotFound, "consumer not found")
	case verb == "CONSUMER.INFO":
		s.answer(m, c.info())
	case verb == "CONSUMER.MSG.NEXT":
		c.ask(m)
	}
}
