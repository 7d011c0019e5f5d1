package rl

import (
	"context"
	"errors"
	"fmt"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/searchspace"
)

// exploration is the drawing of one round's architectures without the model.
type exploration struct {
	search  *search
	session Session
	seen    map[string]bool // keys of what the round has drawn
	archs   []searchspace.Arch
}

func (s *search) exploration(already []candidate) *exploration {
	x := &exploration{search: s, session: s.sessionOf(s.number(), forExplore), seen: map[string]bool{}}
	for _, c := range already {
		x.seen[c.key] = true
	}
	return x
}

// draw adds up to n architectures that are new.
func (x *exploration) draw(ctx context.Context, g generator.GraphGenerator, n int) error {
	archs, err := x.session.drawNew(ctx, g, n, x.seen)
	x.archs = append(x.archs, archs...)
	if err != nil {
		return fmt.Errorf("exploring: %w", err)
	}
	return nil
}

func (x *exploration) candidates() []candidate {
	drawn := make([]candidate, len(x.archs))
	for i, a := range x.archs {
		drawn[i] = candidate{arch: a, key: x.search.space.Key(a), explored: true}
	}
	return drawn
}

// explore draws up to n new architectures for a round to evaluate, none of them among those already drawn. An explorer may
// reach but a few members of the space; uniform draws reach them all. That it has come to its end takes many draws to
// find out, and so is found out once a search.
func (s *search) explore(ctx context.Context, n int, already []candidate) ([]candidate, error) {
	x := s.exploration(already)
	if !s.dry {
		if err := x.drawExplorer(ctx, s.config.Explorer, n); err != nil {
			return nil, err
		}
		s.dry = len(x.archs) < n
	}
	if err := x.draw(ctx, explore.NewUniformLabels(s.space), n-len(x.archs)); err != nil {
		return nil, err
	}
	return x.candidates(), nil
}

// drawAnywhere draws up to n new architectures for a ranker to choose from, half of them the explorer's and half uniform.
// What is not chosen may be drawn again: to find less than n does not tell that the explorer has come to its end.
func (s *search) drawAnywhere(ctx context.Context, n int, already []candidate) ([]candidate, error) {
	x := s.exploration(already)
	uniform := explore.NewUniformLabels(s.space)
	if !s.dry {
		both, err := generator.NewMixture(s.config.Explorer, uniform)
		if err != nil {
			return nil, err
		}
		if err := x.drawExplorer(ctx, both, n); err != nil {
			return nil, err
		}
	}
	if s.dry {
		if err := x.draw(ctx, uniform, n-len(x.archs)); err != nil {
			return nil, err
		}
	}
	return x.candidates(), nil
}

// drawExplorer is draw with a generator that the explorer is part of. An explorer which nobody has asked for and which
// finds nothing legal has come to its end: it is no reason to end the search.
func (x *exploration) drawExplorer(ctx context.Context, g generator.GraphGenerator, n int) error {
	err := x.draw(ctx, g, n)
	if x.search.config.anyExplorer && errors.Is(err, explore.ErrRejected) {
		x.search.dry = true
		return nil
	}
	return err
}
