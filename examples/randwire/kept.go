package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/store"
	"github.com/graphpnas/graphpnas/examples/internal/report"
	"github.com/graphpnas/graphpnas/examples/internal/torch"
	"github.com/graphpnas/graphpnas/rl"
	rlreport "github.com/graphpnas/graphpnas/rl/report"
	"github.com/graphpnas/graphpnas/searchspace"
)

// kept is what the directory given by -out keeps: finished training runs, the record of each search, and the
// weights of training runs that were stopped. Without -out it keeps nothing.
type kept struct {
	options
	db *store.DB // nil without -out
}

func (o options) keep() (kept, error) {
	if o.Out == "" {
		return kept{options: o}, nil
	}
	if err := os.MkdirAll(o.Out, 0o777); err != nil {
		return kept{}, err
	}
	db, err := store.Open(filepath.Join(o.Out, "randwire.db"))
	return kept{o, db}, err
}

func (k kept) Close() error {
	if k.db == nil {
		return nil
	}
	return k.db.Close()
}

// evaluator returns an evaluator that trains no network twice.
func (k kept) evaluator(space searchspace.Space, seed uint64, e evaluator.Evaluator) evaluator.Evaluator {
	if k.db == nil {
		return &evaluator.Cached{Space: space, Evaluator: e}
	}
	return k.db.Evaluator(space, k.objective(seed), e)
}

// recorder returns the record of a search, nil if it is not recorded.
func (k kept) recorder(name string, seed uint64) rl.Recorder {
	if k.db == nil {
		return nil
	}
	return k.db.Recorder(k.search(name, seed))
}

// search names the search with a generator by everything that it depends on.
func (o options) search(name string, seed uint64) string {
	return fmt.Sprintf("%s, %d nodes, rounds of %d, %d of WS(%d, %g); %s",
		name, o.nodes, o.round, o.exploring, o.degree, o.rewired, o.objective(seed))
}

// page writes the page of all saved seeds.
func (k kept) page() error {
	space, err := searchspace.NewRandWire(k.nodes, k.nodes, k.nodes)
	if err != nil {
		return err
	}
	var entries []report.Entry
	for i := range k.Seeds {
		seed := k.Seed + uint64(i)
		for _, g := range k.learners {
			o := rlreport.Options{Name: fmt.Sprintf("seed %d, %s", seed, g.Name), Objective: "validation accuracy (%)"}
			entries = append(entries, report.Entry{ID: k.search(g.Name, seed), Space: space, Options: o})
		}
	}
	return report.Page(k.Out, "RandWire", entries)
}

// checkpoints returns the directory for unfinished training runs.
func (k kept) checkpoints() string {
	if k.db == nil {
		return ""
	}
	return filepath.Join(k.Out, "trainings")
}

// objective names everything that the accuracy of a wiring depends on.
func (o options) objective(seed uint64) string {
	images := o.Data
	if images != "digits" {
		images += " in " + o.Dir
	}
	if o.Trainer.Worker != torch.Go {
		images += " in PyTorch"
	}
	return fmt.Sprintf("%s, %d to train and %d to validate, %d channels, head %d, %d halvings, %d epochs, batch %d, rate %g, augment %t, seed %d",
		images, o.Train, o.Valid, o.channels, o.head, o.halvings, o.Epochs, o.Batch, o.Rate, o.Augment, seed)
}
