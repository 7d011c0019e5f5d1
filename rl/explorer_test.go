package rl_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// lavish is an explorer that returns everything it has, regardless of the number requested.
type lavish struct{ archs []searchspace.Arch }

func (l lavish) Sample(context.Context, *rand.Rand, int) ([]searchspace.Arch, error) {
	return l.archs, nil
}

// An explorer that returns thousands of architectures when asked for one, most of which are not
// members, does not exceed the budget or waste it on non-members.
func TestALavishExplorerDoesNotExceedTheBudget(t *testing.T) {
	space := smallSpace(t)
	members := draws(t, space, 20)
	larger := madeSpace(t, searchspace.Part{Name: "larger", MaxNodes: 9})
	var archs []searchspace.Arch
	for len(archs) < 5000 {
		archs = append(archs, members...)
		archs = append(archs, draws(t, larger, 20)...)
	}
	for _, c := range []rl.Config{{Batch: 1}, {Batch: 3}, {Lag: 4}, {Arrival: true}} {
		c.Evaluations = 8
		h, err := mustRun(t, space, rl.Reinforce{Model: newRecorder(space), Explorer: lavish{archs}}, countEdges, c)
		require.NoError(t, err)
		assert.Len(t, h.Evaluations, 8)
		for _, e := range h.Evaluations {
			assert.NoError(t, space.Validate(e.Arch))
		}
	}
}
