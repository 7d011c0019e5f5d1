// Lesson 11: a cluster.
//
// You will learn to spread evaluations over machines. The search puts requests into a queue on a NATS JetStream server.
// Workers, each on its own machine, take them and send back results. Workers may come and go: when one of them stops in the
// middle of the search, another gets its request. Here the server and all workers are in one program, so that you can try
// them on one machine; on a cluster, only the way they connect differs. examples/distributed has programs to deploy.
//
//	go run ./examples/11-cluster
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"sync"

	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/evaluator/jetstream/embedded"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
)

func main() {
	log.SetFlags(0)
	flag.Usage = func() { fmt.Println("Usage: go run ./examples/11-cluster") }
	flag.Parse()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "cluster")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	server, err := embedded.Start(embedded.Config{Dir: dir}) // on a cluster, the program nats-server
	if err != nil {
		return err
	}
	defer server.Close()
	table, err := nasbench.Digits201()
	if err != nil {
		return err
	}
	trained, err := table.Evaluator("valid")
	if err != nil {
		return err
	}

	nc, err := server.Connect() // on a cluster, each program calls nats.Connect with the server's address
	if err != nil {
		return err
	}
	defer nc.Close()
	stops, ended := map[string]context.CancelFunc{}, make(chan error)
	for _, name := range []string{"one", "two", "three"} {
		working, stop := context.WithCancel(ctx)
		stops[name] = stop
		worker := jetstream.Worker{Conn: nc, Name: name, Space: table.Space(), Evaluator: trained}
		go func() { ended <- worker.Run(working) }()
	}

	var mu sync.Mutex
	answers, total := map[string]int{}, 0
	queue, err := jetstream.New(ctx, nc, table.Space(), jetstream.Config{
		Objective: "digits, validation accuracy", // names what is measured: results are kept on the server under this text
		OnAnswer: func(a jetstream.Answer) { // called in parallel
			mu.Lock()
			defer mu.Unlock()
			answers[a.Worker]++
			if total++; total == 100 {
				stops["three"]()
			}
		},
	})
	if err != nil {
		return err
	}
	defer queue.Close()
	search, err := rl.New(table.Space(), baseline.RegularizedEvolution{}, rl.Config{Seed: 1, Evaluations: 200, Workers: 6})
	if err != nil {
		return err
	}
	history, err := search.Run(ctx, queue)
	fmt.Printf("%d evaluations, of which %d failed. By worker: %v.\n", len(history.Evaluations), len(history.Failures()), answers)
	fmt.Println("Worker three was stopped after 100 of them, and the others evaluated the rest.")
	for _, stop := range stops {
		stop()
		err = errors.Join(err, <-ended)
	}
	return err
}
