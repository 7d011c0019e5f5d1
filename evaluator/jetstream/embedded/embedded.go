// Package embedded runs a NATS server with JetStream inside a program, so that package jetstream needs no separate server. It is a
// separate package so that programs that only connect to a server, such as workers, do not contain one.
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

// patience is the maximum time for starting a server.
const patience = 30 * time.Second

// syncInterval is how often streams are synced to disk.
var syncInterval = 10 * time.Second

// Config configures a server. Only Dir is required.
type Config struct {
	// Dir is the directory of the streams. It is created if it does not exist. A server that is started again with the same
	// directory has the same streams. On Unix, Start returns an error if another server uses the directory; on other systems the
	// caller must prevent that.
	Dir string
	// Port is the TCP port on 127.0.0.1. 0 means any free port.
	Port int
	// Token is the secret that clients must present. If it is empty, a random one is generated.
	Token string
	// Logger logs at level Warn when the streams cannot be written, and at level Info when they can be written again. If it is
	// nil, nothing is logged.
	Logger *slog.Logger
	// OnTrouble, if not nil, is called with an error when the streams cannot be written, for example because the disk is full,
	// and with nil when they can be written again. It must return quickly and must not call Close.
	OnTrouble func(error)
}

// Server is a running server. It listens on the loopback interface only.
//
// While its streams cannot be written, the server rejects messages, and clients get errors. Every second it checks whether the
// directory can be written; if so, it opens the streams again, with all messages that it has acknowledged.
type Server struct {
	config Config // with the actual port and token
	url    string
	lock   *os.File
	guard  guard
}

// Start starts a server, which runs until Close is called.
func Start(c Config) (*Server, error) {
	if c.Dir == "" {
		return nil, errors.New("embedded: Config.Dir is empty: it must be a directory for the streams")
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
		free, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port))) // fails early if the port is in use; the server itself would retry for a long time
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
		// Only the disk limits the streams. By default, the limit would be the space that is free at the start.
		JetStreamMaxStore: math.MaxInt64 / 2,
		SyncInterval:      syncInterval,
		NoLog:             true,
		NoSigs:            true, // the program handles signals
	})
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(patience) || !s.JetStreamEnabled() {
		s.Shutdown()
		s.WaitForShutdown()
		return nil, fmt.Errorf("the server with streams in %s did not start on port %d within %v: check that the directory is writable and the disk is not full",
			c.Dir, c.Port, patience)
	}
	return s, nil
}

// URL returns the server's address, without the token.
func (s *Server) URL() string { return s.url }

// Token returns the secret that clients must present with the option nats.Token.
func (s *Server) Token() string { return s.config.Token }

// Connect connects to the server with its token.
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
