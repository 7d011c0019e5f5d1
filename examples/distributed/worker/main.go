// Worker serves the queue of a distributed search with a program, such as a trainer in Python:
//
//	NATS_TOKEN=… worker -server tls://nats.example.com:4222 -n 4 -- python3 train.py
//	worker -server tls://nats.example.com:4222 -creds worker.creds -ca ca.pem -- python3 train.py
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/graphpnas/graphpnas/evaluator/command"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/searchspace"
)

func main() {
	server := flag.String("server", nats.DefaultURL, "URL of the NATS server")
	creds := flag.String("creds", "", "file of credentials")
	ca := flag.String("ca", "", "file of the certificate authority that has signed the server's certificate")
	queue := flag.String("queue", "", "name of the queue")
	n := flag.Int("n", 1, "evaluations at a time")
	timeout := flag.Duration("timeout", 0, "how long an evaluation may take (default: for ever)")
	flag.Parse()

	options := []nats.Option{nats.MaxReconnects(-1)}
	if token := os.Getenv("NATS_TOKEN"); token != "" {
		options = append(options, nats.Token(token)) // from the environment, for everybody can see the command line
	}
	if *creds != "" {
		options = append(options, nats.UserCredentials(*creds))
	}
	if *ca != "" {
		options = append(options, nats.RootCAs(*ca))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	w := jetstream.Worker{Queue: jetstream.Queue{Name: *queue}, Concurrency: *n, Grace: 10 * time.Second}
	config := command.Config{Command: flag.Args(), Processes: *n, Timeout: *timeout}
	if err := run(ctx, *server, options, w, config); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		stop()
		os.Exit(1)
	}
}

// run serves with the program until ctx ends.
func run(ctx context.Context, server string, options []nats.Option, w jetstream.Worker, c command.Config) (err error) {
	w.Space = searchspace.NASBench201{}
	program, err := command.New(w.Space, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, program.Close()) }()
	w.Evaluator = program
	if w.Conn, err = nats.Connect(server, options...); err != nil {
		return fmt.Errorf("connecting to %s: %w", server, err)
	}
	defer w.Conn.Close()
	return w.Run(ctx)
}
