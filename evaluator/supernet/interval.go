package supernet

import (
	"cmp"
	"slices"

	"github.com/graphpnas/graphpnas/evaluator/network"
)

// interval is the position of parameters in the flat vector, from lo to hi−1.
type interval struct{ lo, hi int64 }

// intervalsOf returns the interval of each learned parameter, by name.
func intervalsOf(l *network.Layout) map[string]interval {
	places, at := map[string]interval{}, int64(0)
	for _, p := range l.Parameters() {
		places[p.Name] = interval{at, at + p.Size()}
		at += p.Size()
	}
	return places
}

// union returns the union of the intervals, sorted, with adjacent ones merged. It modifies its argument.
func union(places []interval) []interval {
	slices.SortFunc(places, func(a, b interval) int { return cmp.Compare(a.lo, b.lo) })
	joined := places[:0]
	for _, p := range places {
		if last := len(joined) - 1; last >= 0 && p.lo <= joined[last].hi {
			joined[last].hi = max(joined[last].hi, p.hi)
			continue
		}
		joined = append(joined, p)
	}
	return joined
}
