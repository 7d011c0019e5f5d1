package jetstream_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/evaluator/jetstream/embedded"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/searchspace"
)

// The search, the server and one worker run in one program. A worker on another machine differs only in its connection, which
// comes from nats.Connect.
func Example() {
	dir, err := os.MkdirTemp("", "jetstream")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	server, err := embedded.Start(embedded.Config{Dir: dir})
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	nc, err := server.Connect()
	if err != nil {
		log.Fatal(err)
	}
	defer nc.Close()

	space := searchspace.NASBench201{}
	train := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: float64(a.Part(0).NumEdges())}, nil
	})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() {
		w := jetstream.Worker{Conn: nc, Space: space, Evaluator: train, Concurrency: 4}
		ended <- w.Run(ctx)
	}()

	e, err := jetstream.New(ctx, nc, space, jetstream.Config{Objective: "number of edges"})
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close()
	search, err := rl.New(space, baseline.RegularizedEvolution{}, rl.Config{Seed: 1, Evaluations: 100, Workers: 8})
	if err != nil {
		log.Fatal(err)
	}
	history, err := search.Run(ctx, e)
	if err != nil {
		log.Fatal(err)
	}
	best, _ := history.Best()
	fmt.Println(len(history.Evaluations), "evaluations, best of", best.Result.Value, "edges")
	stop()
	fmt.Println("the worker has ended:", <-ended)
	// Output:
	// 100 evaluations, best of 6 edges
	// the worker has ended: <nil>
}
