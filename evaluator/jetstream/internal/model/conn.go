package model

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
)

// info is the server's greeting.
const info = `INFO {"server_id":"model","server_name":"model","version":"2.10.0","proto":1,"headers":true,"max_payload":1048576,` +
	`"jetstream":true}` + "\r\n"

// conn is a connection of a client.
type conn struct {
	server  *Server
	client  *Client
	pipe    net.Conn
	in, out *lane

	// What follows is guarded by Server.mu.
	subs    []subscription
	greeted bool // the client is connected
}

// subscription is a client's, of the subjects that match a pattern.
type subscription struct{ id, pattern string }

// begin greets the client, and serves it until the connection ends.
func (c *conn) begin() {
	c.send([]byte(info), true)
	go c.in.run()
	go c.out.run()
	go func() {
		c.read()
		_ = c.pipe.Close()
		c.in.close()
		c.out.close()
		c.server.mu.Lock()
		defer c.server.mu.Unlock()
		c.server.conns = slices.DeleteFunc(c.server.conns, func(other *conn) bool { return other == c })
	}()
}

// send sends a text, after those that were sent before.
func (c *conn) send(text []byte, express bool) {
	c.out.enter(cargo{func() {
		if express || !c.client.isSilent() {
			_, _ = c.pipe.Write(text) // read notices if that fails
		}
	}, express})
}

// read reads the client's commands.
func (c *conn) read() {
	r := bufio.NewReader(c.pipe)
	for greeting := true; ; {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		op, rest, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		args := strings.Fields(rest)
		var payload []byte
		if op == "PUB" || op == "HPUB" {
			size, err := strconv.Atoi(args[len(args)-1])
			if err != nil {
				return
			}
			payload = make([]byte, size+2)
			if _, err := io.ReadFull(r, payload); err != nil {
				return
			}
			payload = payload[:size]
		}
		express := greeting
		greeting = greeting && op != "PING" // the last that a client waits for to be connected
		c.in.enter(cargo{func() {
			if express || !c.client.isSilent() {
				c.command(op, args, payload)
			}
		}, express})
	}
}

func (c *conn) command(op string, args []string, payload []byte) {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	switch op {
	case "PING":
		c.send([]byte("PONG\r\n"), !c.greeted)
		c.greeted = true
	case "SUB": // subject, queue group that is not modelled, id
		c.subs = append(c.subs, subscription{args[len(args)-1], args[0]})
	case "UNSUB":
		c.subs = slices.DeleteFunc(c.subs, func(s subscription) bool { return s.id == args[0] }) // at once, also if after some messages: the model's clients do not count on those
	case "PUB", "HPUB":
		m := message{subject: args[0], data: payload}
		counts := 1
		if op == "HPUB" {
			counts = 2
			n, err := strconv.Atoi(args[len(args)-2])
			if err != nil || n > len(payload) {
				return
			}
			m.header, m.data = payload[:n], payload[n:]
		}
		if len(args) > 1+counts {
			m.reply = args[1]
		}
		s.trace(op, m.subject)
		s.publish(c, m)
	}
}

// message is what is published.
type message struct {
	subject, reply string
	header, data   []byte // the header as in the protocol, with its first line
}

// field returns a field of the header.
func (m message) field(name string) string {
	_, lines, _ := bytes.Cut(m.header, []byte("\r\n"))
	h, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(lines))).ReadMIMEHeader()
	if err != nil {
		return ""
	}
	return h.Get(name)
}

// deliver sends a message to whoever has subscribed, and reports whether anybody has.
func (s *Server) deliver(m message) (any bool) {
	return s.deliverTo(m.subject, m)
}

// text is a message as it is sent to a subscription.
func (m message) text(id string) []byte {
	reply := m.reply
	if reply != "" {
		reply += " "
	}
	var text []byte
	if m.header == nil {
		text = fmt.Appendf(nil, "MSG %s %s %s%d\r\n", m.subject, id, reply, len(m.data))
	} else {
		text = fmt.Appendf(nil, "HMSG %s %s %s%d %d\r\n", m.subject, id, reply, len(m.header), len(m.header)+len(m.data))
		text = append(text, m.header...)
	}
	return append(append(text, m.data...), "\r\n"...)
}

// status sends a message without content that has a status.
func (s *Server) status(to string, code int, description string) {
	s.deliver(message{subject: to, header: fmt.Appendf(nil, "NATS/1.0 %d %s\r\n\r\n", code, description)})
}
