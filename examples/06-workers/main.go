// Lesson 6: several workers.
//
// You will learn to evaluate in parallel without giving up reproducibility. Trial k is proposed from the results of
// trials up to k − Lag, and the later ones count as running, whether they have finished or not. So the search does not
// depend on which worker is faster. The larger the Lag, the less often workers wait for one another. In rounds (Lag 1),
// as in the paper, all wait for the slowest, and with Arrival none waits, but the proposals depend on the order in
// which evaluations finish.
//
// The benchmark says how long each training run took, so the time that a search would take can be simulated.
//
//	go run ./examples/06-workers
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"slices"

	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
)

func main() {
	log.SetFlags(0)
	flag.Usage = func() { fmt.Println("Usage: go run ./examples/06-workers") }
	flag.Parse()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	table, err := nasbench.Digits201()
	if err != nil {
		return err
	}
	if table, err = table.WithCost("seconds"); err != nil {
		return err
	}
	trained, err := table.Evaluator("valid")
	if err != nil {
		return err
	}
	fmt.Println("500 evaluations         time taken  workers busy")
	for _, c := range []struct {
		name   string
		config rl.Config
	}{
		{"1 worker", rl.Config{Workers: 1}},
		{"8 workers, rounds of 8", rl.Config{Workers: 8, Batch: 8, Lag: 1}},
		{"8 workers, default Lag", rl.Config{Workers: 8}}, // grows from 8 to 24; see Config.LagAt
		{"8 workers, Lag 32", rl.Config{Workers: 8, Lag: 32}},
		{"8 workers, Arrival", rl.Config{Workers: 8, Arrival: true}},
	} {
		c.config.Seed, c.config.Evaluations = 1, 500
		search, err := rl.New(table.Space(), baseline.RegularizedEvolution{}, c.config)
		if err != nil {
			return err
		}
		_, timeline, err := search.Simulate(ctx, trained)
		if err != nil {
			return err
		}
		fmt.Printf("%-22s  %8.0f s  %10.0f %%\n", c.name, timeline.End().Seconds(), 100*timeline.Busy(c.config.Workers))
	}

	// Run evaluates for real. Because Lag is set, the search does not depend on the number of workers.
	var orders [][]string
	for _, workers := range []int{1, 3, 8} {
		search, err := rl.New(table.Space(), baseline.RegularizedEvolution{}, rl.Config{Seed: 1, Evaluations: 200, Lag: 16, Workers: workers})
		if err != nil {
			return err
		}
		history, err := search.Run(ctx, trained)
		if err != nil {
			return err
		}
		var keys []string
		for _, e := range history.Evaluations {
			keys = append(keys, e.Key)
		}
		orders = append(orders, keys)
	}
	fmt.Println("\nWith Lag 16 and 1, 3 or 8 workers, the same architectures are evaluated in the same order:",
		slices.Equal(orders[0], orders[1]) && slices.Equal(orders[0], orders[2]))
	return nil
}
