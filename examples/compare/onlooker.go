package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/graphpnas/graphpnas/examples/internal/runs"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
)

// onlooker inspects the generator at intervals while it learns.
type onlooker struct {
	*bench
	ctx   context.Context
	seed  uint64
	model generator.Model // nil if the method has no generator
	mass  runs.Points
	spent time.Duration
}

// An inspection draws lookSamples architectures. There are at least lookEvery evaluations between two
// inspections.
const (
	lookEvery   = 5
	lookSamples = 256
)

// group inspects the generator if it was trained for the group.
func (l *onlooker) group(g rl.Group, _ []rl.Trial) error {
	if l.model == nil || len(l.mass) > 0 && g.Seen < l.mass[len(l.mass)-1].Evals+lookEvery {
		return nil
	}
	var d rl.Diagnostic
	if err := json.Unmarshal(g.Diagnostic, &d); err != nil {
		return fmt.Errorf("diagnostic of group %d: %w", g.Number, err)
	}
	if d.Fit == nil {
		return nil
	}
	return l.measure(g.Seen)
}

// measure estimates the probability of the top 1 % by sampling, which works in any space.
func (l *onlooker) measure(learned int) error {
	if l.model == nil {
		return nil
	}
	begin := time.Now()
	rng := rand.New(rand.NewPCG(l.seed, uint64(learned)))
	archs, err := l.model.Sample(l.ctx, rng, lookSamples)
	if err != nil {
		return fmt.Errorf("inspecting the generator: %w", err)
	}
	top := 0
	for _, a := range archs {
		v, err := l.table.Value(a, l.valid)
		if err != nil && !errors.Is(err, nasbench.ErrNotRecorded) {
			return err
		}
		if err == nil && v >= l.top {
			top++
		}
	}
	l.mass = append(l.mass, runs.Point{Evals: learned, Value: float64(top) / float64(len(archs))})
	l.spent += time.Since(begin)
	return nil
}
