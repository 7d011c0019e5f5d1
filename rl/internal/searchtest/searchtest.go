// Package searchtest has what the tests of the search loop and of its methods share.
package searchtest

import (
	"context"
	"iter"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// SmallSpace returns a space of 3 · 3 · 2 · 3 · 4 = 216 members.
func SmallSpace(t testing.TB) searchspace.Space {
	s, err := searchspace.New("small", []searchspace.Part{{Name: "cell", MaxNodes: 3, NodeOps: []string{"a", "b", "c"}}})
	require.NoError(t, err)
	return s
}

// CountEdges evaluates an architecture by its number of edges plus its number of nodes with the operation "c". The best
// value in the small space is 6.
var CountEdges = evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	value := float64(a.Part(0).NumEdges())
	for i := range a.Part(0).Len() {
		if a.Part(0).NodeOp(i) == "c" {
			value++
		}
	}
	return evaluator.Result{Value: value}, nil
})

// Run runs a search whose configuration must be valid.
func Run(t testing.TB, space searchspace.Space, m rl.Method, e evaluator.Evaluator, c rl.Config) (*rl.History, error) {
	t.Helper()
	s, err := rl.New(space, m, c)
	require.NoError(t, err)
	return s.Run(context.Background(), e)
}

// SlowSpace is a space that calls Asked whenever neighbors are asked for, and has none.
type SlowSpace struct {
	searchspace.Space
	Asked func()
}

// Neighbors yields nothing.
func (s SlowSpace) Neighbors(searchspace.Arch) iter.Seq[searchspace.Arch] {
	s.Asked()
	return func(func(searchspace.Arch) bool) {}
}

// CountingSpace counts how often an architecture is begun: to make one, to validate one, or to find its decisions.
type CountingSpace struct {
	searchspace.Space
	begun atomic.Int64
}

// Begun returns the count. Copies of a Builder count as well.
func (s *CountingSpace) Begun() int64 { return s.begun.Load() }

// Start begins an architecture.
func (s *CountingSpace) Start() searchspace.Builder {
	s.begun.Add(1)
	return countingBuilder{s.Space.Start(), s}
}

// Validate follows the architecture's decisions.
func (s *CountingSpace) Validate(a searchspace.Arch) error {
	s.begun.Add(1)
	return s.Space.Validate(a)
}

type countingBuilder struct {
	searchspace.Builder
	space *CountingSpace
}

func (b countingBuilder) Clone() searchspace.Builder {
	b.space.begun.Add(1)
	return countingBuilder{b.Builder.Clone(), b.space}
}
