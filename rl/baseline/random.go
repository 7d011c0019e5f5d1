package baseline

import (
	"context"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/rl"
)

// RandomSearch evaluates random architectures.
type RandomSearch struct {
	// Explorer draws the architectures. If nil, draws are uniform, with the absence of an edge as
	// likely as each of its labels (explore.NewUniformLabels).
	Explorer generator.GraphGenerator
}

var _ rl.Method = RandomSearch{}

// Propose draws new architectures.
func (r RandomSearch) Propose(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
	c := s.NewCandidates()
	_, err := c.Explore(ctx, rl.SourceExplorer, r.Explorer, s.Rand(rl.ToPropose), n)
	return c.Trials(n), err
}
