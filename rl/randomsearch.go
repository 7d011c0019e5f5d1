package rl

import (
	"context"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/searchspace"
)

// RandomSearch evaluates what a generator that does not learn draws.
type RandomSearch struct {
	// Explorer draws; nil: every label uniformly, the absence of an edge as one of its labels.
	Explorer generator.GraphGenerator
}

var _ Strategy = RandomSearch{}

// Propose draws new architectures.
func (r RandomSearch) Propose(ctx context.Context, s Session) ([]searchspace.Arch, error) {
	if r.Explorer == nil {
		r.Explorer = explore.NewUniformLabels(s.Space)
	}
	return s.drawNew(ctx, r.Explorer, s.Wanted, map[string]bool{})
}
