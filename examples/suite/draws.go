package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"

	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/examples/internal/runs"
	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/generator/lstm"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
)

// drawing compares what the trained generators of several methods draw at the end of their searches with one seed. A sharper
// distribution draws good architectures more often but fewer different ones. Temperatures therefore give all generators
// the same entropy: first that of the first method's generator, then that of the second's, and so on.
type drawing struct {
	setting
	Methods string `json:"methods"`
	Draws   int    `json:"draws"`
	Seed    uint64 `json:"seed"`
	// Levels has an entry for each method, whose generator keeps its own entropy.
	Levels []level `json:"levels"`
}

// level compares the generators at an entropy.
type level struct {
	Entropy float64 `json:"entropy"` // in nats
	// Entropies, Temperatures and Top have a number for each method: the estimated entropy, the temperature, and the share
	// of the draws that are among the table's top 1 %.
	Entropies    []float64 `json:"entropies"`
	Temperatures []float64 `json:"temperatures"`
	Top          []float64 `json:"top"`
}

// drawingTask is a drawing to make.
type drawingTask struct {
	*problem
	seed uint64
}

// drawingID identifies a drawing.
type drawingID struct {
	setting
	methods string
	draws   int
	seed    uint64
}

// names returns the names of the methods, separated by commas.
func (s *suite) names() string {
	var names []string
	for _, m := range s.methods {
		names = append(names, m.Name)
	}
	return strings.Join(names, ",")
}

// compareDraws makes the drawings that are missing from draws.jsonl, and reports all.
func (s *suite) compareDraws(ctx context.Context, stdout io.Writer, display *progress.Display) error {
	for _, p := range s.problems {
		if err := p.setTop(ctx); err != nil {
			return fmt.Errorf("table %s: %w", p.Name, err)
		}
	}
	var tasks []drawingTask
	for i := range s.seeds {
		for _, p := range s.problems {
			tasks = append(tasks, drawingTask{p, s.seed + uint64(i)})
		}
	}
	bar := display.Bar(progress.Options{Name: "searches and draws", Total: len(tasks), Times: true, Transient: true})
	plan := runs.Plan[drawingTask, drawing, drawingID]{
		Path: filepath.Join(s.out, "draws.jsonl"), Tasks: tasks,
		Task:   func(t drawingTask) drawingID { return drawingID{s.setting(t.problem), s.names(), s.draws, t.seed} },
		Record: func(d drawing) drawingID { return drawingID{d.setting, d.Methods, d.Draws, d.Seed} },
		Begin:  func(missing []drawingTask) { bar.Add(len(tasks) - len(missing)) },
		Run: func(ctx context.Context, t drawingTask) (drawing, error) {
			defer bar.Add(1)
			d, err := s.draw(ctx, t)
			if err != nil {
				return d, fmt.Errorf("%s, seed %d: %w", t.Name, t.seed, err)
			}
			return d, nil
		},
	}
	all, stopped := plan.Complete(ctx)
	bar.End()
	if len(all) > 0 {
		markdown := func(w io.Writer) error { return s.drawsMarkdown(w, all) }
		if err := errors.Join(program.WriteFile(filepath.Join(s.out, "draws.md"), markdown), markdown(stdout)); err != nil {
			return errors.Join(stopped, err)
		}
	}
	if stopped == nil || ctx.Err() == nil {
		return stopped
	}
	return tool.Stopped(ctx, len(all), len(tasks), "tables and seeds", s.out)
}

// draw searches with every method and compares the trained generators.
func (s *suite) draw(ctx context.Context, t drawingTask) (drawing, error) {
	d := drawing{setting: s.setting(t.problem), Methods: s.names(), Draws: s.draws, Seed: t.seed}
	var all []trained
	for _, m := range s.methods {
		model, err := s.train(ctx, task{t.problem, m, t.seed})
		if err != nil {
			return d, fmt.Errorf("%s: %w", m.Name, err)
		}
		h, _, err := s.entropy(ctx, model, t.seed)
		if err != nil {
			return d, fmt.Errorf("%s: %w", m.Name, err)
		}
		all = append(all, trained{model, h})
	}
	for _, own := range all {
		l := level{Entropy: own.entropy}
		for _, g := range all {
			tempered, err := s.temper(ctx, g, t.seed, &l)
			if err != nil {
				return d, err
			}
			share, err := t.share(ctx, tempered, rand.New(rand.NewPCG(t.seed, 2)), s.draws)
			if err != nil {
				return d, err
			}
			l.Top = append(l.Top, share)
		}
		d.Levels = append(d.Levels, l)
	}
	return d, nil
}

// trained is a generator that a search has trained, with its own entropy in nats.
type trained struct {
	generator.Model
	entropy float64
}

// train runs a search and returns the generator that it has trained.
func (s *suite) train(ctx context.Context, t task) (generator.Model, error) {
	search, method, err := s.open(t, nil)
	if err != nil {
		return nil, err
	}
	learned, ok := method.(rl.Reinforce)
	if !ok {
		return nil, errors.New("-draws needs methods that train a generator")
	}
	_, err = search.Run(ctx, t.problem.evaluator)
	return learned.Model, err
}

// entropy estimates the entropy of a generator with its standard error, always with the same random numbers.
func (s *suite) entropy(ctx context.Context, m generator.Model, seed uint64) (entropy, stdErr float64, err error) {
	return generator.EstimateEntropy(ctx, m, rand.New(rand.NewPCG(seed, 1)), s.draws)
}

// closeEnough is the difference of two entropies, in nats, below which they count as equal. If the standard error of an estimate
// is greater, it decides.
const closeEnough = 0.05

// temper returns a generator at the temperature that gives it the entropy of a level, and adds both to the level. It searches
// for the logarithm of the temperature, first in growing steps from 0, then between the last two.
func (s *suite) temper(ctx context.Context, g trained, seed uint64, l *level) (generator.Model, error) {
	if g.entropy == l.Entropy {
		l.Entropies, l.Temperatures = append(l.Entropies, g.entropy), append(l.Temperatures, 1)
		return g.Model, nil
	}
	type point struct{ at, excess float64 } // a logarithm and the entropy above the level's
	last := point{0, g.entropy - l.Entropy}
	step, other, enclosed := -math.Copysign(0.5, last.excess), last, false
	for range 20 {
		at := last.at + step
		if enclosed {
			at = (other.at*last.excess - last.at*other.excess) / (last.excess - other.excess) // regula falsi
		}
		tempered, err := withTemperature(g.Model, math.Exp(at))
		if err != nil {
			return nil, err
		}
		h, stdErr, err := s.entropy(ctx, tempered, seed)
		if err != nil {
			return nil, err
		}
		now := point{at, h - l.Entropy}
		if math.Abs(now.excess) <= max(closeEnough, stdErr) {
			l.Entropies, l.Temperatures = append(l.Entropies, h), append(l.Temperatures, math.Exp(at))
			return tempered, nil
		}
		switch {
		case now.excess*last.excess < 0:
			other, enclosed = last, true
		case enclosed:
			other.excess /= 2 // so that both ends move (the Illinois method)
		default:
			step *= 1.5
		}
		last = now
	}
	return nil, fmt.Errorf("no temperature gives the generator an entropy of %.2f nats", l.Entropy)
}

// withTemperature returns a generator at a temperature.
func withTemperature(m generator.Model, t float64) (generator.Model, error) {
	switch m := m.(type) {
	case *gran.Model:
		return m.WithTemperature(t)
	case *lstm.Model:
		return m.WithTemperature(t)
	}
	return nil, errors.New("-draws needs methods whose generator has a temperature")
}

// share returns the fraction of n draws that are among the table's top 1 %.
func (p *problem) share(ctx context.Context, g generator.GraphGenerator, rng *rand.Rand, n int) (float64, error) {
	archs, err := g.Sample(ctx, rng, n)
	if err != nil {
		return 0, err
	}
	known := map[string]bool{} // whether an architecture is among them
	count := 0
	for _, a := range archs {
		key := p.space.Key(a)
		if _, ok := known[key]; !ok {
			r, err := p.evaluator.Evaluate(ctx, a)
			if err != nil && !errors.Is(err, nasbench.ErrNotRecorded) {
				return 0, err
			}
			known[key] = err == nil && r.Value >= p.top
		}
		if known[key] {
			count++
		}
	}
	return float64(count) / float64(n), nil
}

// topDraws is the number of uniform draws that determine the top 1 % of a table that does not record its whole space.
const topDraws = 100_000

// setTop sets the lowest value of the top 1 %, if the recorded values have not done so.
func (p *problem) setTop(ctx context.Context) error {
	if p.recorded {
		return nil
	}
	values, err := p.draw(ctx, topDraws, func(int) {})
	if err != nil {
		return err
	}
	slices.Sort(values)
	p.top = percentile(values)
	return nil
}

// percentile returns the lowest of the best 1 % of ascending values.
func percentile(values []float64) float64 {
	return values[len(values)-max(1, len(values)/100)]
}
