// Worker evaluates for the queue of a search with any program, such as a trainer in Python, which needs no NATS client:
//
//	NATS_TOKEN=… worker -server nats://127.0.0.1:4222 -- python3 train.py
//	NATS_USER=worker NATS_PASSWORD=… worker -server tls://nats.example.com:4222 -ca ca.pem -n 4 -- python3 train.py
//	worker -server tls://nats.example.com:4222 -creds worker.creds -- python3 train.py
//
// Secrets belong into the environment or a file, because every user of a machine can read command lines; the program does not
// get them. When the worker is interrupted or terminated, it returns what it cannot finish within -grace to the queue.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/graphpnas/graphpnas/evaluator/command"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/searchspace"
)

// spaces are the search spaces that -space can name. For a space of your own, write a program like this one.
var spaces = map[string]searchspace.Space{
	searchspace.NASBench101{}.Name(): searchspace.NASBench101{},
	searchspace.NASBench201{}.Name(): searchspace.NASBench201{},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		stop()
		os.Exit(1)
	}
}

type options struct {
	server, creds, ca string
	space             string
	worker            jetstream.Worker
	program           command.Config
}

// parse reads the command line.
func parse(args []string, usage io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("worker", flag.ContinueOnError)
	flags.SetOutput(usage)
	flags.Usage = func() {
		fmt.Fprintln(usage, "usage: worker [flags] -- program [arguments]")
		flags.PrintDefaults()
	}
	flags.StringVar(&o.server, "server", cmp.Or(os.Getenv("NATS_URL"), nats.DefaultURL),
		"URL of the NATS server, or several separated by commas (default: $NATS_URL)")
	flags.StringVar(&o.creds, "creds", "", "credentials file")
	flags.StringVar(&o.ca, "ca", "", "file with the certificate of the authority that signed the server's certificate")
	flags.StringVar(&o.space, "space", "nasbench201", "search space, nasbench101 or nasbench201")
	flags.StringVar(&o.worker.Name, "name", "", "name of the worker in messages (default: host and process)")
	flags.StringVar(&o.worker.Queue.Name, "queue", "", "name of the queue (default: the library's)")
	flags.IntVar(&o.worker.Concurrency, "n", 1, "evaluations in parallel, each in a process of its own")
	flags.IntVar(&o.worker.Deliveries, "deliveries", 0, "how often workers may try an architecture (default: 5)")
	flags.DurationVar(&o.worker.Grace, "grace", 10*time.Second, "how long evaluations may continue when the worker is stopped")
	flags.DurationVar(&o.program.Timeout, "timeout", 0, "how long an evaluation may take (default: no limit)")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.program.Command, o.program.Processes = flags.Args(), o.worker.Concurrency
	o.program.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "NATS_") })
	if len(o.program.Command) == 0 {
		return o, errors.New("no program to evaluate with; see -h")
	}
	if o.worker.Space = spaces[o.space]; o.worker.Space == nil {
		return o, fmt.Errorf("unknown space %q: want nasbench101 or nasbench201", o.space)
	}
	if o.worker.Concurrency < 1 {
		return o, fmt.Errorf("-n must be at least 1, got %d", o.worker.Concurrency)
	}
	return o, nil
}

// connect connects to the server that the flags and the environment describe.
func (o options) connect() (*nats.Conn, error) {
	options := []nats.Option{nats.Name("graphpnas worker"), nats.MaxReconnects(-1)}
	if token := os.Getenv("NATS_TOKEN"); token != "" {
		options = append(options, nats.Token(token))
	}
	if user := os.Getenv("NATS_USER"); user != "" {
		options = append(options, nats.UserInfo(user, os.Getenv("NATS_PASSWORD")))
	}
	if o.creds != "" {
		options = append(options, nats.UserCredentials(o.creds))
	}
	if o.ca != "" {
		options = append(options, nats.RootCAs(o.ca))
	}
	nc, err := nats.Connect(o.server, options...)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", o.server, err)
	}
	return nc, nil
}

// run evaluates until ctx ends.
func run(ctx context.Context, args []string, usage io.Writer) (err error) {
	o, err := parse(args, usage)
	if err != nil {
		return err
	}
	program, err := command.New(o.worker.Space, o.program)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, program.Close()) }()
	o.worker.Evaluator = program
	if o.worker.Conn, err = o.connect(); err != nil {
		return err
	}
	defer o.worker.Conn.Close()
	return o.worker.Run(ctx)
}
