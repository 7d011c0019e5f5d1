package bayes

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

// What is remembered between groups equals what would be computed afresh.
func TestTheMemoryOnlySavesTime(t *testing.T) {
	space := withFields(t)
	rapid.Check(t, func(rt *rapid.T) {
		archs := draws(rt, space, rapid.Uint64().Draw(rt, "seed"), 14)
		m := newMemory(space)
		for _, seen := range rapid.SliceOfN(rapid.IntRange(0, 8), 1, 6).Draw(rt, "groups") { // numbers of evaluations, which may decrease
			s := stateOf(rt, space, archs[:seen], nil)
			if rapid.Bool().Draw(rt, "another past") {
				s = stateOf(rt, space, archs[8-seen:8], nil)
			}
			m.update(s)
			fresh := encodeAll(space, archs)
			for i, e := range m.measured(archs) {
				require.Len(rt, e.decisions, seen)
				for k, evaluation := range s.Evaluations() {
					known := newEncoder(space).encode(evaluation.Arch)
					assert.Equal(rt, known.decisionDistance(&fresh[i]), e.decisions[k])
					assert.Equal(rt, known.walkDistance(&fresh[i]), e.walks[k])
				}
			}
			numbers := make([]int, seen)
			for i := range numbers {
				numbers[i] = i
			}
			sample := m.sampleOf(numbers, false)
			for range rapid.IntRange(0, 3).Draw(rt, "fits") {
				targets := rapid.SliceOfN(rapid.Float64Range(-1, 1), seen, seen).Draw(rt, "targets")
				want, err := fullGrid.fit(sample, targets, 4)
				require.NoError(rt, err)
				for range 2 {
					got, err := m.fit(&fullGrid, sample, targets, 4)
					require.NoError(rt, err)
					require.Equal(rt, want, got)
				}
			}
		}
	})
}

func TestTheMemoryDropsUnusedEntries(t *testing.T) {
	space := searchspace.NASBench201{}
	archs := draws(t, space, 1, maxEntries+20)
	s := stateOf(t, space, archs[:10], nil)
	for i := 0; i < len(archs); i += 1000 {
		_, err := ModelAverage{}.Rank(t.Context(), s, archs[i:min(i+1000, len(archs))], 1)
		require.NoError(t, err)
	}
	m := remember(s, memoryKey{})
	defer m.turn.Unlock()
	assert.LessOrEqual(t, len(m.entries), maxEntries)
	assert.Contains(t, m.entries, archs[len(archs)-1].String())
	assert.Len(t, m.known, 10)
}
