// Package embedded runs a NATS server with JetStream inside a program, for package jetstream if there is no other server. It is
// a separate package so that a worker, which only connects, does not have a server compiled in.
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

// Config says where the server keeps its streams. Dir is required.
type Config struct {
	// Dir is the directory of the streams. It is created if it does not exist. A server that is started with it again has the
	// same streams. On Unix, Start fails if another server uses the directory; elsewhere the caller must make sure of that.
	Dir string
	// Port is the TCP port on 127.0.0.1. 0 means any free port.
	Port int
	// Token is the secret that clients must present. If it is empty, it is random.
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
		free, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port))) // the server would keep trying for a long time
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

// URL is the server's address, without the token.
func (s *Server) URL() string { return s.server.ClientURL() }

// Token is the secret that clients must present, with the option nats.Token.
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
