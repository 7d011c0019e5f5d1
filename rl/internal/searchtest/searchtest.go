// Package searchtest has helpers shared by the tests of the search loop and of its methods.
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

// SmallSpace returns a space with 3 · 3 · 2 · 3 · 4 = 216 members.
func SmallSpace(t testing.TB) searchspace.Space {
	s, err := searchspace.New("small", []searchspace.Part{{Name: "cell", MaxNodes: 3, NodeOps: []string{"a", "b", "c"}}})
	require.NoError(t, err)
	return s
}

// CountEdges evaluates an architecture as its number of edges plus its number of nodes with the
// operation "c". The best value in the small space is 6.
var CountEdges = evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	value := float64(a.Part(0).NumEdges())
	for i := range a.Part(0).Len() {
		if a.Part(0).NodeOp(i) == "c" {
			value++
		}
	}
	return evaluator.Result{Value: value}, nil
})

// Run runs a search. It fails the test if the configuration is invalid.
func Run(t testing.TB, space searchspace.Space, m rl.Method, e evaluator.Evaluator, c rl.Config) (*rl.History, error) {
	t.Helper()
	s, err := rl.New(space, m, c)
	require.NoError(t, err)
	return s.Run(context.Background(), e)
}

// SlowSpace is a space whose architectures have no neighbors. It calls Asked whenever neighbors are
// requested.
type SlowSpace struct {
	searchspace.Space
	Asked func()
}

// Neighbors yields nothing.
func (s SlowSpace) Neighbors(searchspace.Arch) iter.Seq[searchspace.Arch] {
	s.Asked()
	return func(func(searchspace.Arch) bool) {}
}

// CountingSpace counts how often building an architecture starts: to create one, to validate one,
// or to find its decisions.
type CountingSpace struct {
	searchspace.Space
	begun atomic.Int64
}

// Begun returns the count, copies of a Builder included.
func (s *CountingSpace) Begun() int64 { return s.begun.Load() }

// Start starts building an architecture.
func (s *CountingSpace) Start() searchspace.Builder {
	s.begun.Add(1)
	return countingBuilder{s.Space.Start(), s}
}

// Validate checks an architecture by rebuilding it from its decisions.
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
