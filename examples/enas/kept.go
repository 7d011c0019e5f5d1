package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/store"
	"github.com/graphpnas/graphpnas/evaluator/supernet"
	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/examples/internal/torch"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/report"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/graphpnas/graphpnas/searchspace/draw"
)

// kept is what a search has saved so that it can continue: the shared weights, the accuracies measured with them, and
// the finished training runs from scratch. A seed determines the search, so a search that continues repeats all steps
// but takes these results from here. Without -out, nothing is saved.
type kept struct {
	dir     string      // empty without -out, and the rest nil
	journal *os.File    // a line of accuracies for each measurement
	ahead   [][]float64 // the lines that the search has not come to yet
	scratch *store.DB
}

// keep opens the saved files of a search with the same generator and options.
func (o options) keep(name string, seed uint64) (*kept, error) {
	if o.Out == "" {
		return &kept{}, nil
	}
	same := o
	same.Seed, same.Seeds, same.Out, same.Published, same.Generators, same.learners = 0, 0, "", false, "", nil
	same.Trainer = torch.Trainer{Worker: o.Trainer.Worker}
	h := fnv.New64a()
	fmt.Fprintf(h, "%+v", same)
	k := &kept{dir: filepath.Join(o.Out, fmt.Sprintf("seed%d-%s-%016x", seed, name, h.Sum64()))}
	if err := os.MkdirAll(k.dir, 0o777); err != nil {
		return nil, err
	}
	path := filepath.Join(k.dir, "accuracies.jsonl")
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	whole := bytes.LastIndexByte(text, '\n') + 1 // a line may be incomplete after a crash
	for line := range bytes.Lines(text[:whole]) {
		var values []float64
		if err := json.Unmarshal(line, &values); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		k.ahead = append(k.ahead, values)
	}
	if k.journal, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o666); err != nil {
		return nil, err
	}
	if _, err = k.journal.Seek(int64(whole), io.SeekStart); err == nil {
		err = k.journal.Truncate(int64(whole))
	}
	if err == nil {
		k.scratch, err = store.Open(filepath.Join(k.dir, "scratch.db"))
	}
	if err != nil {
		return nil, errors.Join(err, k.journal.Close())
	}
	return k, nil
}

// Close closes the files.
func (k *kept) Close() error {
	if k.dir == "" {
		return nil
	}
	return errors.Join(k.journal.Close(), k.scratch.Close())
}

// measured returns the accuracies of the next measurement of n architectures: from the journal if it has them, otherwise as
// measured now.
func (k *kept) measured(n int, measure func() ([]float64, error)) ([]float64, error) {
	if len(k.ahead) > 0 {
		values := k.ahead[0]
		if k.ahead = k.ahead[1:]; len(values) != n {
			return nil, fmt.Errorf("%s has %d accuracies where %d were expected; delete it", k.dir, len(values), n)
		}
		return values, nil
	}
	values, err := measure()
	if err != nil || k.journal == nil {
		return values, err
	}
	line, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	_, err = k.journal.Write(append(line, '\n'))
	return values, errors.Join(err, k.journal.Sync())
}

// weights is the file of the shared weights.
func (k *kept) weights() string { return filepath.Join(k.dir, "shared.safetensors") }

// load reads the shared weights, if any were saved.
func (k *kept) load(s *supernet.Supernet) error {
	if k.dir == "" {
		return nil
	}
	file, err := os.Open(k.weights())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	defer file.Close()
	if err := s.Load(file); err != nil {
		return fmt.Errorf("%s: %w", k.weights(), err)
	}
	return nil
}

// save writes the shared weights, unless they are on a worker, which saves them itself.
func (k *kept) save(s sharedWeights) error {
	local, ok := s.(*supernet.Supernet)
	if k.dir == "" || !ok {
		return nil
	}
	return program.WriteFile(k.weights(), local.Save)
}

// evaluator returns an evaluator that trains no network twice from scratch.
func (k *kept) evaluator(space searchspace.Space, e evaluator.Evaluator) evaluator.Evaluator {
	if k.scratch == nil {
		return e
	}
	return k.scratch.Evaluator(space, "", e)
}

// report writes report.html, a page of the architectures that were trained from scratch.
func (k *kept) report(ctx context.Context, space searchspace.Space, seed uint64) error {
	if k.scratch == nil {
		return nil
	}
	h := &rl.History{Space: space.Name(), Seed: seed, Stop: rl.StopBudget}
	for o, err := range k.scratch.Evaluations(ctx, space, "") {
		if err != nil {
			return err
		}
		trial := rl.Trial{ID: o.Index, Arch: o.Arch, Key: space.Key(o.Arch)}
		h.Evaluations = append(h.Evaluations, rl.Evaluation{Trial: trial, Result: o.Result, Err: o.Err})
	}
	options := report.Options{Name: fmt.Sprintf("trained from scratch, seed %d", seed), Objective: "accuracy (%)"}
	options.Draw.Direction = draw.TopToBottom
	return program.WriteFile(filepath.Join(k.dir, "report.html"), func(w io.Writer) error { return report.Write(w, space, h, options) })
}

// checkpoints returns the directory for unfinished training runs from scratch.
func (k *kept) checkpoints() string {
	if k.dir == "" {
		return ""
	}
	return filepath.Join(k.dir, "trainings")
}
