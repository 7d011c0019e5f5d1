// Lesson 5: stopping, resuming and continuing a search.
//
// You will learn to keep a search in a file, so that nothing is lost when the program stops or crashes. A store saves every
// evaluation to disk before the search counts it, and also the record of the search. If you run the same program again, it
// continues: it evaluates nothing twice and reaches the same result as a search that was never interrupted. With a larger
// limit, it goes on from there.
//
//	go run ./examples/05-resume
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/store"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/searchspace"
)

func main() {
	log.SetFlags(0)
	flag.Usage = func() { fmt.Println("Usage: go run ./examples/05-resume") }
	flag.Parse()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "resume") // your own program would keep its file
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	table, err := nasbench.Digits201()
	if err != nil {
		return err
	}
	var histories []*rl.History
	for _, r := range []struct {
		what, file         string
		evaluations, crash int // the evaluation after which the program crashes; 0 means none
	}{
		{"A search of 100 evaluations crashes", "search.db", 100, 70},
		{"The same program again", "search.db", 100, 0},
		{"With a limit of 150 evaluations", "search.db", 150, 0},
		{"A search without a crash", "another.db", 150, 0},
	} {
		history, evaluated, err := runSearch(ctx, table, filepath.Join(dir, r.file), r.evaluations, r.crash)
		if history == nil || err != nil && r.crash == 0 {
			return err
		}
		fmt.Printf("%-36s %3d architectures evaluated, %3d in its history\n", r.what+":", evaluated, len(history.Evaluations))
		histories = append(histories, history)
	}
	fmt.Println("The last two searches evaluated the same architectures in the same order:",
		slices.EqualFunc(histories[2].Evaluations, histories[3].Evaluations, func(a, b rl.Evaluation) bool { return a.Key == b.Key }))
	return nil
}

// runSearch is the program. It also returns the number of architectures that it evaluated itself.
func runSearch(ctx context.Context, table *nasbench.Table, file string, evaluations, crash int) (history *rl.History, evaluated int, err error) {
	db, err := store.Open(file) // creates the file if there is none
	if err != nil {
		return nil, 0, err
	}
	defer db.Close()
	lookup, err := table.Evaluator("valid")
	if err != nil {
		return nil, 0, err
	}
	counting := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
		evaluated++
		return lookup.Evaluate(ctx, a)
	})
	config := rl.Config{Seed: 1, Evaluations: evaluations, Recorder: db.Recorder("my search")} // the search resumes from its record
	config.OnResult = func(e rl.Evaluation) error {
		if e.ID+1 == crash {
			return errors.New("crash")
		}
		return nil
	}
	search, err := rl.New(table.Space(), baseline.RegularizedEvolution{}, config)
	if err != nil {
		return nil, 0, err
	}
	// The text says what is measured. Searches that share a store and this text share their evaluations.
	history, err = search.Run(ctx, db.Evaluator(table.Space(), "digits, validation accuracy", counting))
	return history, evaluated, err
}
