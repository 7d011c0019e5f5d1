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

	// The fields below are guarded by Server.mu.
	subs    []subscription
	greeted bool // whether the client is connected
}

// subscription is a client's subscription to the subjects that match a pattern.
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

// send queues a text for the client.
func (c *conn) send(text []byte, express bool) {
	c.out.enter(cargo{func() {
		if express || !c.client.isSilent() {
			_, _ = c.pipe.Write(text) // read detects a failure
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
		greeting = greeting && op != "PING" // the client is connected after the answer to PING
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
	case "SUB": // subject, queue group (not modeled), id
		c.subs = append(c.subs, subscription{args[len(args)-1], args[0]})
	case "UNSUB":
		c.subs = slices.DeleteFunc(c.subs, func(s subscription) bool { return s.id == args[0] }) // immediately, ignoring the maximum number of messages, which the clients do not use
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

// message is a published message.
type message struct {
	subject, reply string
	header, data   []byte // the header includes its first line
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

// deliver sends a message to its subscribers, and reports whether there are any.
func (s *Server) deliver(m message) (any bool) {
	return s.deliverTo(m.subject, m)
}

// text encodes a message for the subscription id.
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

// status sends a message without content but with a status.
func (s *Server) status(to string, code int, description string) {
	s.deliver(message{subject: to, header: fmt.Appendf(nil, "NATS/1.0 %d %s\r\n\r\n", code, description)})
}
