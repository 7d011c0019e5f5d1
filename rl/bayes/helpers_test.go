package bayes

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/internal/searchtest"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// process is both a method and a ranker.
type process interface {
	rl.Method
	rl.Ranker
}

// processes lists all kinds of processes.
var processes = map[string]process{"plain": GaussianProcess{}, "average": ModelAverage{}}

var (
	smallSpace = searchtest.SmallSpace
	countEdges = searchtest.CountEdges
	search     = searchtest.Run
)

// withFields is a space with all kinds of fields: ordered or not, with and without conditions, on
// nodes and edges, and as parameters beside a graph.
func withFields(t require.TestingT) searchspace.Space {
	s, err := searchspace.New("fields", []searchspace.Part{
		searchspace.Chain("net", 2, 4, []string{"conv", "attention"},
			searchspace.Ordered("kernel", 3, 5, 7).When("op", "conv"), searchspace.Ordered("heads", 1, 2, 4, 8).When("op", "attention"), searchspace.Bool("norm")),
		{Name: "cell", MaxNodes: 3, EdgeFields: []searchspace.Field{searchspace.Ordered("width", 8, 16, 32), searchspace.Choice("act", "relu", "gelu", "silu")}},
		searchspace.Params("training", searchspace.Ordered("rate", 1e-4, 1e-3, 1e-2), searchspace.Choice("optimizer", "sgd", "adam"), searchspace.Ordered("epochs", 10)),
	})
	require.NoError(t, err)
	return s
}

// draws returns n different members of a space.
func draws(t require.TestingT, space searchspace.Space, seed uint64, n int) []searchspace.Arch {
	g := explore.NewUniformLabels(space)
	rng := rand.New(rand.NewPCG(seed, seed))
	keys := map[string]bool{}
	var archs []searchspace.Arch
	for len(archs) < n {
		drawn, err := g.Sample(context.Background(), rng, 1)
		require.NoError(t, err)
		if key := space.Key(drawn[0]); !keys[key] {
			keys[key] = true
			archs = append(archs, drawn[0])
		}
	}
	return archs
}

// stateOf returns a state with evaluated architectures, whose values are their numbers of edges and
// nodes, and running ones.
func stateOf(t require.TestingT, space searchspace.Space, evaluated, running []searchspace.Arch) *rl.State {
	snapshot := rl.Snapshot{Seed: 1, Group: len(evaluated) + len(running)}
	for i, a := range evaluated {
		r, err := countEdges(context.Background(), a)
		require.NoError(t, err)
		snapshot.Evaluations = append(snapshot.Evaluations, rl.Evaluation{Trial: rl.Trial{ID: i, Group: i, Arch: a}, Result: r})
	}
	for i, a := range running {
		snapshot.Running = append(snapshot.Running, rl.Trial{ID: len(evaluated) + i, Arch: a})
	}
	s, err := rl.NewState(space, snapshot)
	require.NoError(t, err)
	return s
}

// merging is a space that lists its members, and in which members with the same operations and
// number of edges have the same Key.
type merging struct{ *searchspace.Sequential }

func (m merging) Key(a searchspace.Arch) string {
	g := a.Part(0)
	var ops []string
	for i := range g.Len() {
		ops = append(ops, g.NodeOp(i))
	}
	slices.Sort(ops)
	return fmt.Sprint(ops, g.NumEdges())
}

func (m merging) All() func(yield func(searchspace.Arch) bool) {
	return func(yield func(searchspace.Arch) bool) {
		for a, err := range searchspace.Enumerate(m.Start()) {
			if err != nil || !yield(a) {
				return
			}
		}
	}
}

// encodeAll returns the features of architectures.
func encodeAll(space searchspace.Space, archs []searchspace.Arch) []features {
	e := newEncoder(space)
	all := make([]features, len(archs))
	for i, a := range archs {
		all[i] = e.encode(a)
	}
	return all
}
