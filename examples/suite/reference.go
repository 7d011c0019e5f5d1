package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/stat"

	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/internal/progress"
)

// reference contains the values that define regret if a space cannot be listed.
type reference struct {
	// Mark is the mark of the objective.
	Mark string `json:"mark"`
	// Best is the highest value that any draw or search has found.
	Best float64 `json:"best"`
	// Median is the median of Draws uniform draws.
	Median float64 `json:"median"`
	Draws  int     `json:"draws"`
}

// draws is the number of uniform draws for the median.
const draws = 10_000

// referencePath returns the path of the reference for a list of tables: tables.reference.json for tables.json.
func referencePath(list string) string {
	return strings.TrimSuffix(list, filepath.Ext(list)) + ".reference.json"
}

// readReferences reads a file of references by the tables' names. It returns none if the file does
// not exist.
func readReferences(path string) (map[string]reference, error) {
	all := map[string]reference{}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the reference %s: %w", path, err)
	}
	return all, nil
}

// refer sets the best and the median of a problem that is not recorded.
func (p *problem) refer(all map[string]reference, path string) error {
	if p.recorded {
		return nil
	}
	r, ok := all[p.Name]
	if !ok || r.Mark != p.mark {
		return fmt.Errorf("table %s: %s has no best and median of this objective, which may have changed; use -reference to compute them",
			p.Name, path)
	}
	p.best, p.median = r.Best, r.Median
	if err := p.check(); err != nil {
		return fmt.Errorf("table %s: %w", p.Name, err)
	}
	return nil
}

// makeReferences draws the references of the problems that are not recorded, with the best of the given searches, and writes
// them to the file, which keeps its other references.
func makeReferences(ctx context.Context, problems []*problem, found []record, path string, display *progress.Display) error {
	all, err := readReferences(path)
	if err != nil {
		return err
	}
	for _, p := range problems {
		if p.recorded {
			continue
		}
		r := all[p.Name]
		if r.Mark != p.mark || r.Draws != draws {
			if r, err = p.reference(ctx, display); err != nil {
				return err
			}
		}
		for _, f := range found {
			if f.Table == p.Name && f.Mark == p.mark {
				r.Best = max(r.Best, f.Value)
			}
		}
		all[p.Name] = r
	}
	return program.WriteFile(path, func(w io.Writer) error {
		out := json.NewEncoder(w)
		out.SetIndent("", "  ")
		return out.Encode(all)
	})
}

// reference draws the reference of a problem.
func (p *problem) reference(ctx context.Context, display *progress.Display) (reference, error) {
	bar := display.Bar(progress.Options{Name: "drawing " + p.Name, Total: draws, Times: true, Transient: true})
	defer bar.End()
	values, err := p.draw(ctx, draws, bar.Add)
	if err != nil {
		return reference{}, fmt.Errorf("table %s: %w", p.Name, err)
	}
	slices.Sort(values)
	return reference{p.mark, values[len(values)-1], stat.Quantile(0.5, stat.LinInterp, values, nil), draws}, nil
}

// draw returns the values of uniform draws, which are always the same, and calls done after each. Every draw must have a
// value.
func (p *problem) draw(ctx context.Context, n int, done func(int)) ([]float64, error) {
	archs, err := explore.NewUniformLabels(p.space).Sample(ctx, rand.New(rand.NewPCG(1, 1)), n)
	if err != nil {
		return nil, err
	}
	values := make([]float64, n)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, a := range archs {
		group.Go(func() error {
			r, err := p.evaluator.Evaluate(ctx, a)
			values[i] = r.Value
			done(1)
			return err
		})
	}
	return values, group.Wait()
}
