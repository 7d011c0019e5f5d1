// Lesson 10: a trainer in Python.
//
// You will learn to search in Go and train in another language. The search starts processes of a program, here worker.py,
// which needs nothing but Python 3. It writes a request to the program's standard input, as a line of JSON, and reads the
// result from its standard output. Put your own training into the function train of worker.py. Package evaluator/protocol
// describes the lines, and examples/pytorch has a trainer that builds any network in PyTorch.
//
//	go run ./examples/10-python-trainer
package main

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/graphpnas/graphpnas/evaluator/command"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
)

func main() {
	log.SetFlags(0)
	flag.Usage = func() { fmt.Println("Usage: go run ./examples/10-python-trainer") }
	flag.Parse()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

//go:embed worker.py
var worker string

func run(ctx context.Context) error {
	space := searchspace.NASBench201{}
	const processes = 2
	var reports atomic.Int32
	python, err := command.New(space, command.Config{
		Command:   []string{"python3", "-c", worker}, // your own: {"python3", "train.py"}
		Processes: processes,
		Timeout:   time.Hour,                       // of one evaluation
		Budget:    map[string]float64{"epochs": 3}, // any numbers that the program understands
		OnProgress: func(searchspace.Arch, protocol.Progress) { // called in parallel
			reports.Add(1)
		},
	})
	if err != nil {
		return err
	}
	defer python.Close() // ends the processes

	model, err := gran.New(space, gran.Config{Form: gran.CausalForm}, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		return err
	}
	method, config := preset.Ranked(model)
	method.Exploration = rl.First(10) // this search is short
	config.Seed, config.Evaluations, config.Workers = 1, 40, processes
	search, err := rl.New(space, method, config)
	if err != nil {
		return err
	}
	// A program that is not found or never answers ends the search with the reason, and so does a Python error that
	// affects every architecture. An error that affects only one architecture is recorded, and the search goes on.
	history, err := search.Run(ctx, python)
	if err != nil {
		return err
	}
	best, _ := history.Best()
	fmt.Printf("%d Python processes evaluated %d architectures and reported their progress %d times. %d evaluations failed.\n",
		processes, len(history.Evaluations), reports.Load(), len(history.Failures()))
	fmt.Printf("The best has %.0f edges and scores %.2f: %s\n", best.Result.Metrics["edges"], best.Result.Value, space.Format(best.Arch))
	return nil
}
