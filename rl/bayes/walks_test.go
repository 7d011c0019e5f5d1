package bayes

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

// The counts equal those from following each walk separately, in graphs with and without labels,
// one after another.
func TestWalksAreCounted(t *testing.T) {
	dense, err := searchspace.New("dense", []searchspace.Part{{Name: "graph", MaxNodes: 9, NodeOps: []string{"a", "b", "c"}}})
	require.NoError(t, err)
	spaces := []searchspace.Space{withFields(t), searchspace.NASBench101{}, searchspace.NASBench201{}, dense}
	encoders := make([]*encoder, len(spaces))
	for i, s := range spaces {
		encoders[i] = newEncoder(s)
	}
	rapid.Check(t, func(rt *rapid.T) {
		i := rapid.IntRange(0, len(spaces)-1).Draw(rt, "space")
		a := draws(rt, spaces[i], rapid.Uint64().Draw(rt, "seed"), 1)[0]
		want := followWalks(encoders[i], a)
		f := encoders[i].encode(a)
		require.Equal(rt, len(want), len(f.walks))
		assert.True(rt, slices.IsSortedFunc(f.walks, func(v, w walkCount) int {
			if v.id < w.id {
				return -1
			}
			return 1
		}))
		norm := 0.0
		for _, w := range f.walks {
			assert.InDelta(rt, want[w.id], w.count, 1e-9)
			norm += want[w.id] * want[w.id]
		}
		assert.InDelta(rt, norm, f.norm, 1e-6*norm)
	})
}

// followWalks counts walks by following them from their starts.
func followWalks(e *encoder, a searchspace.Arch) map[uint64]float64 {
	counts := map[uint64]float64{}
	number := uint64(0)
	for i := range e.parts {
		g := e.parts[i].read(a.Part(i))
		for _, v := range e.parts[i].views {
			label := func(t int) [2]int16 { return [2]int16{g.ops[t], v.of(g.fields[t], false)} }
			var follow func(t, length int, id uint64)
			follow = func(t, length int, id uint64) {
				counts[id] += v.weight
				if length == v.longest {
					return
				}
				for next := t + 1; next < len(g.ops); next++ {
					for _, x := range g.edges[next] {
						if x.from == t {
							follow(next, length+1, walkID(id, [2]int16{x.op, v.of(x.fields, true)}, label(next)))
						}
					}
				}
			}
			for t := range g.ops {
				follow(t, 0, walkID(walkID(number, [2]int16{}, [2]int16{}), [2]int16{}, label(t)))
			}
			number++
		}
	}
	return counts
}

// The hash table of places finds exactly what was added since it was last cleared.
func TestPlaces(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var p places
		for range rapid.IntRange(1, 3).Draw(rt, "rounds") {
			p.clear()
			var list []walkCount
			want := map[uint64]float64{}
			for _, id := range rapid.SliceOfN(rapid.Uint64Range(0, 50), 0, 100).Draw(rt, "ids") {
				want[id]++
				list = p.add(list, walkCount{id, 1})
			}
			got := map[uint64]float64{}
			for _, w := range list {
				got[w.id] = w.count
			}
			assert.True(rt, maps.Equal(want, got))
			assert.Len(rt, list, len(want))
		}
	})
}

// Labels are compared four at a time.
func TestLabelsThatDiffer(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		value := rapid.Int16Range(0, 3)
		if rapid.Bool().Draw(rt, "all values") {
			value = rapid.Int16()
		}
		n := rapid.IntRange(0, 13).Draw(rt, "n")
		a, b := rapid.SliceOfN(value, n, n).Draw(rt, "a"), rapid.SliceOfN(value, n, n).Draw(rt, "b")
		x, y, want := newLabels(n), newLabels(n), 0
		for i := range n {
			x.set(i, a[i])
			y.set(i, b[i])
			if a[i] != b[i] {
				want++
			}
		}
		assert.Equal(rt, want, x.differ(y))
	})
}
