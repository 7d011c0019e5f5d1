package rl

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/searchspace"
)

// explore adds up to n new architectures. Those that did best under other objectives are up to half
// of them, and the explorer draws the rest.
func (d *drawing) explore(ctx context.Context, n int) error {
	if n <= 0 {
		return nil
	}
	c := d.state.NewCandidates()
	for _, t := range d.trials {
		c.Exclude(t.Arch)
	}
	for _, a := range d.state.Suggested((n + (d.state.Group()+1)%2) / 2) {
		c.Add(SourcePast, a)
	}
	explorer, err := d.explorer()
	if err != nil {
		return err
	}
	before := len(d.trials)
	d.trials = append(d.trials, c.Trials(n)...)
	n -= c.Len()
	c = d.state.NewCandidates()
	for _, t := range d.trials {
		c.Exclude(t.Arch)
	}
	design := d.design()
	if design == nil {
		_, err = c.Explore(ctx, SourceExplorer, explorer, d.rng, n)
	} else {
		_, err = c.ExploreShared(ctx, SourceExplorer, explorer, d.rng, max(n, designDraws))
	}
	if err != nil {
		return err
	}
	all := len(d.trials) + n
	if design == nil {
		d.trials = append(d.trials, c.Trials(n)...)
	} else if err := d.choose(ctx, design, c, n); err != nil {
		return err
	}
	if len(d.trials) < all {
		d.fill(c, all)
	}
	d.diagnostic.Explored += len(d.trials) - before
	return nil
}

// fill adds candidates that are not among the trials yet, in their order, until there are n trials.
func (d *drawing) fill(c *Candidates, n int) {
	rest := d.state.NewCandidates()
	for _, t := range d.trials {
		rest.Exclude(t.Arch)
	}
	for i, a := range c.Archs() {
		rest.Add(c.Trial(i).Source, a)
	}
	d.trials = append(d.trials, rest.Trials(n-len(d.trials))...)
}

// designDraws is the number of untried explorer draws that a Ranker chooses from.
const designDraws = 500

// design returns what chooses among draws of the explorer, nil if nothing does.
func (d *drawing) design() Ranker {
	unknown := len(d.state.Top(1)) == 0 && len(d.state.Running())+len(d.trials) > 0
	if d.Ranking.Design == nil && unknown {
		return d.Ranking.Ranker
	}
	return d.Ranking.Design
}

// explorer returns Explorer or the default, the paper's. The default must not end a search if it
// finds nothing valid.
func (d *drawing) explorer() (generator.GraphGenerator, error) {
	if d.Explorer != nil {
		return d.Explorer, nil
	}
	type found struct {
		generator.GraphGenerator
		err error
	}
	paper := d.state.Memo(paperExplorerKey{}, func() any {
		g, err := explore.Paper(d.state.Space())
		return found{&defaultExplorer{g}, err}
	}).(found)
	return paper.GraphGenerator, paper.err
}

type paperExplorerKey struct{}

// defaultExplorer wraps ErrExhausted if all draws are rejected.
type defaultExplorer struct{ generator.GraphGenerator }

func (e *defaultExplorer) Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	archs, err := e.GraphGenerator.Sample(ctx, rng, n)
	if errors.Is(err, explore.ErrRejected) {
		err = fmt.Errorf("%w: %w", ErrExhausted, err)
	}
	return archs, err
}
