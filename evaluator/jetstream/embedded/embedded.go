// Package embedded runs a NATS server with JetStream inside a program, for package jetstream if there is no other server. It is
// a separate package so that a worker, which only connects, does not have a server compiled in.
package embedded

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math"
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
	// Logger logs when the streams cannot be written, at level Warn, and when they can be again, at level Info. If it is nil,
	// nothing is logged.
	Logger *slog.Logger
	// OnTrouble is called with an error when the streams cannot be written, because the disk is full or has failed, and with nil
	// when they can be again. It must return soon and must not call Close. If it is nil, nobody is told.
	OnTrouble func(error)
}

// Server is a running server. It listens on the loopback interface only.
//
// When its streams cannot be written, the server stops taking messages, so that clients get errors. It looks every second whether
// the directory can be written, and if so opens the streams again, with everything that was acknowledged.
type Server struct {
	config Config // with the port and the token
	url    string
	lock   *os.File
	guard  guard
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
	c.Port = s.Addr().(*net.TCPAddr).Port // the same after a restart
	running := &Server{config: c, url: s.ClientURL(), lock: lock}
	running.guard.watch(c, s)
	return running, nil
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
		// The disk's limit is the only one. By default the server takes the space that is free when it starts.
		JetStreamMaxStore: math.MaxInt64 / 2,
		SyncInterval:      10 * time.Second, // of the streams to the disk
		NoLog:             true,
		NoSigs:            true, // signals are the program's
	})
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(patience) || !s.JetStreamEnabled() {
		s.Shutdown()
		s.WaitForShutdown()
		return nil, fmt.Errorf("no server with streams in %s on port %d within %v; can the directory be written, is the disk full?",
			c.Dir, c.Port, patience)
	}
	return s, nil
}

// URL is the server's address, without the token.
func (s *Server) URL() string { return s.url }

// Token is the secret that clients must present, with the option nats.Token.
func (s *Server) Token() string { return s.config.Token }

// Connect connects to the server.
func (s *Server) Connect(options ...nats.Option) (*nats.Conn, error) {
	nc, err := nats.Connect(s.URL(), append([]nats.Option{nats.Token(s.Token())}, options...)...)
	if err != nil {
		return nil, fmt.Errorf("embedded: %w", err)
	}
	return nc, nil
}

// Close stops the server. The streams stay in the directory. Close may be called several times.
func (s *Server) Close() {
	s.guard.end()
	_ = s.lock.Close() // nothing was written
}
