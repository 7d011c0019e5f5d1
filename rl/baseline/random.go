package baseline

import (
	"context"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/rl"
)

// RandomSearch evaluates what an explorer draws.
type RandomSearch struct {
	// Explorer draws. If nil, every label of an edge is as likely as the others, its absence included
	// (explore.NewUniformLabels).
	Explorer generator.GraphGenerator
}

var _ rl.Method = RandomSearch{}

// Propose draws new architectures.
func (r RandomSearch) Propose(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
	c := s.NewCandidates()
	_, err := c.Explore(ctx, rl.SourceExplorer, r.Explorer, s.Rand(rl.ToPropose), n)
	return c.Trials(n), err
}
