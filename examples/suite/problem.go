package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"path/filepath"
	"slices"

	"github.com/graphpnas/graphpnas/examples/internal/tool"

	"gonum.org/v1/gonum/stat"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/examples/internal/methods"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// problem is a table that is ready to be searched.
type problem struct {
	entry
	space     searchspace.Space
	evaluator evaluator.Evaluator
	// explorer draws for the methods without a generator. In a listed space, all members are equally likely. Otherwise it is
	// nil, and these methods draw decision by decision.
	explorer methods.Explorer
	// mark identifies the objective: searches of different objectives cannot be compared, even if the tables have the
	// same name.
	mark string
	// best and median are those of the recorded values of a table, or otherwise come from the reference.
	best, median float64
	recorded     bool
	// top is the lowest value of the best 1 %. If the table does not record its whole space, only setTop sets it.
	top float64
}

// loader loads tables. Tables that share a file read it once.
type loader struct {
	data     string // directory that files are relative to
	cache    string // directory of trained surrogates
	display  *progress.Display
	training training // settings of surrogates
	files    map[[2]string]file
}

// file is a file that has been read, with its space.
type file struct {
	space searchspace.Space
	table *nasbench.Table
}

// load prepares a table. It does not set the best and the median of a table that is not recorded.
func (l *loader) load(ctx context.Context, e entry) (*problem, error) {
	p, err := l.prepare(ctx, e)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", e.Name, err)
	}
	return p, nil
}

func (l *loader) prepare(ctx context.Context, e entry) (*problem, error) {
	if e.Objective != "" {
		o, err := tool.Find(objectives, "objective", e.Objective)
		if err != nil {
			return nil, err
		}
		space, err := o.Value.space()
		if err != nil {
			return nil, err
		}
		return unlisted(ctx, e, space, o.Value)
	}
	f, err := l.open(e)
	if err != nil {
		return nil, err
	}
	if e.Surrogate != "" {
		s, err := l.surrogate(ctx, e, f)
		if err != nil {
			return nil, err
		}
		return unlisted(ctx, e, f.space, s)
	}
	return tabular(e, f)
}

// open reads the file of a table.
func (l *loader) open(e entry) (file, error) {
	path := e.File
	if !filepath.IsAbs(path) {
		path = filepath.Join(l.data, path)
	}
	id := [2]string{path, e.Space}
	if f, ok := l.files[id]; ok {
		return f, nil
	}
	kind, err := tool.Find(spaces, "space", e.Space)
	if err != nil {
		return file{}, err
	}
	space, err := kind.Value.space()
	if err != nil {
		return file{}, err
	}
	table, err := kind.Value.open(path, space)
	if err != nil {
		return file{}, err
	}
	f := file{space, table}
	l.files[id] = f
	return f, nil
}

// tabular returns the problem of finding the best value that a file records.
func tabular(e entry, f file) (*problem, error) {
	p := &problem{entry: e, space: f.space, recorded: true}
	var metrics []string
	if e.Test != "" {
		metrics = append(metrics, e.Test)
	}
	var err error
	if p.evaluator, err = f.table.Evaluator(e.Value, metrics...); err != nil {
		return nil, err
	}
	var archs []searchspace.Arch
	var values []float64
	for a := range f.table.Archs() {
		v, err := f.table.Value(a, e.Value)
		if errors.Is(err, nasbench.ErrNotRecorded) {
			continue
		} else if err != nil {
			return nil, err
		}
		archs, values = append(archs, a), append(values, v)
	}
	if len(values) == 0 {
		return nil, fmt.Errorf("column %q: no value is recorded", e.Value)
	}
	if e.Listed {
		if p.space, err = searchspace.Listed(f.space, archs); err != nil {
			return nil, err
		}
		if p.explorer, err = searchspace.NewCensus(p.space); err != nil {
			return nil, err
		}
	}
	p.mark = markOf(values)
	slices.Sort(values)
	p.median = stat.Quantile(0.5, stat.LinInterp, values, nil)
	p.best = values[len(values)-1]
	p.top = percentile(values)
	return p, p.check()
}

// check returns an error unless the regret is defined.
func (p *problem) check() error {
	if !(p.best > p.median) {
		return fmt.Errorf("the best value must be greater than the median, got %v and %v", p.best, p.median)
	}
	return nil
}

// marks is the number of draws that determine a mark.
const marks = 20

// unlisted returns the problem of an objective that cannot be listed.
func unlisted(ctx context.Context, e entry, space searchspace.Space, o evaluator.Evaluator) (*problem, error) {
	p := &problem{entry: e, space: space, evaluator: o}
	values, err := p.draw(ctx, marks, func(int) {})
	if err != nil {
		return nil, err
	}
	p.mark = markOf(values)
	return p, nil
}

// markOf returns a short hash of values, rounded to four digits.
func markOf(values []float64) string {
	h := fnv.New32a()
	for _, v := range values {
		fmt.Fprintf(h, "%.4g ", v)
	}
	return fmt.Sprintf("%08x", h.Sum32())
}

// regret returns how far a value is from the best, in units of the distance from the median to the best.
func (p *problem) regret(value float64) float64 { return (p.best - value) / (p.best - p.median) }
