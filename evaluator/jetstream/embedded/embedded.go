// Package embedded runs a NATS server with JetStream inside a program, for package jetstream where there is no other server.
// It is a package of its own so that a worker, which only connects, need not have a server compiled in.
package embedded

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

// patience is how long a server may take to start.
const patience = 30 * time.Second

// Config says where the server keeps its streams. Only Dir must be there.
type Config struct {
	// Dir is the directory of the streams, made where it does not exist. A server that is started with it again has them
	// again. On Unix two servers cannot have it at a time; elsewhere it is for the caller to see to that.
	Dir string
	// Port is the TCP port on 127.0.0.1. 0: one that is free.
	Port int
	// Token is what clients have to know. Empty: a random one.
	Token string
}

// Server is a running server. It listens on the loopback interface only.
type Server struct {
	server *server.Server
	token  string
	lock   *os.File
}

// Start starts a server, which runs until Close.
func Start(c Config) (*Server, error) {
	if c.Dir == "" {
		return nil, errors.New("embedded: no directory for the streams")
	}
	if c.Token == "" {
		c.Token = rand.Text()
	}
	lock, err := lock(c.Dir)
	if err != nil {
		return nil, fmt.Errorf("embedded: %w", err)
	}
	s, err := start(c)
	if err != nil {
		_ = lock.Close() // nothing was written
		return nil, fmt.Errorf("embedded: %w", err)
	}
	return &Server{server: s, token: c.Token, lock: lock}, nil
}

func start(c Config) (*server.Server, error) {
	const host = "127.0.0.1"
	port := server.RANDOM_PORT
	if c.Port != 0 {
		port = c.Port
		free, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port))) // the server would try for long
		if err != nil {
			return nil, err
		}
		_ = free.Close()
	}
	s, err := server.NewServer(&server.Options{
		ServerName:    "graphpnas",
		Host:          host,
		Port:          port,
		Authorization: c.Token,
		MaxPayload:    protocol.MaxLine,
		JetStream:     true,
		StoreDir:      c.Dir,
		SyncInterval:  10 * time.Second, // of the streams to the disk
		NoLog:         true,
		NoSigs:        true, // signals are the program's
	})
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(patience) || !s.JetStreamEnabled() {
		s.Shutdown()
		s.WaitForShutdown()
		return nil, fmt.Errorf("no server with streams in %s on port %d within %v", c.Dir, c.Port, patience)
	}
	return s, nil
}

// URL is where the server listens, without the token.
func (s *Server) URL() string { return s.server.ClientURL() }

// Token is what clients have to know; nats.Token makes an option of it.
func (s *Server) Token() string { return s.token }

// Connect connects to the server.
func (s *Server) Connect(options ...nats.Option) (*nats.Conn, error) {
	nc, err := nats.Connect(s.URL(), append([]nats.Option{nats.Token(s.token)}, options...)...)
	if err != nil {
		return nil, fmt.Errorf("embedded: %w", err)
	}
	return nc, nil
}

// Close stops the server. The streams stay in the directory.
func (s *Server) Close() {
	s.server.Shutdown()
	s.server.WaitForShutdown()
	_ = s.lock.Close() // nothing was written
}
