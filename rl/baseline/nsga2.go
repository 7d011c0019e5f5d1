package baseline

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/pareto"
	"github.com/graphpnas/graphpnas/searchspace"
)

// NSGA2 is the evolutionary algorithm NSGA-II for several objectives (Deb et al. 2002). The
// population is the best of all evaluations by non-dominated rank and then by crowding distance.
// Evaluations beyond a limit rank below all others, ordered by how far they exceed it.
//
// A child has two parents, each the better of two members drawn at random. Every decision of the
// child comes from a random one of them, unless earlier decisions rule that out. Then each decision
// mutates with probability 1/n, where n is the number of decisions.
//
// A generation is a group. With Batch equal to Population, this is the published algorithm; with
// Batch 1, it is the steady-state form (Durillo et al. 2009). With a Lag above 1, the population
// consists of the results in view.
type NSGA2 struct {
	// Population is the number of members; 0 means 20.
	Population int
	// Cross is the probability that a child has two parents instead of one, from 0 to 1; 0 means
	// 0.9.
	Cross float64
	// Explorer draws the first population. If nil, draws are uniform, with the absence of an edge as
	// likely as each of its labels.
	Explorer generator.GraphGenerator
}

var _ rl.Method = NSGA2{}

// Propose draws the first population, and then children by crossover and mutation.
func (e NSGA2) Propose(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
	size, rng, c := cmp.Or(e.Population, 20), s.Rand(rl.ToPropose), s.NewCandidates()
	population := e.survivors(s, size)
	if missing := size - s.Proposed(); missing > 0 || len(population) == 0 {
		if missing > 0 {
			n = min(n, missing)
		}
		for _, a := range s.Suggested(min(n, size/2-s.Proposed())) {
			c.Add(rl.SourcePast, a)
		}
		_, err := c.Explore(ctx, rl.SourceExplorer, e.Explorer, rng, n-c.Len())
		return c.Trials(n), err
	}
	for tries := 0; c.Len() < n && tries < maxChildren; tries++ {
		child, err := e.child(s.Space(), rng, tournament(rng, population), tournament(rng, population))
		if err != nil {
			return nil, fmt.Errorf("crossing: %w", err)
		}
		if c.Add(rl.SourceNeighbor, child) {
			tries = -1
		}
	}
	if c.Len() < n {
		if _, err := c.Explore(ctx, rl.SourceExplorer, e.Explorer, rng, n-c.Len()); err != nil {
			return nil, err
		}
	}
	return c.Trials(n), nil
}

// maxChildren is the number of children in a row that may be known or beyond a limit before the
// explorer draws instead.
const maxChildren = 200

// survivors returns the population, best first. The evaluations of each group compete with the
// survivors of earlier groups.
func (e NSGA2) survivors(s *rl.State, size int) []rl.Evaluation {
	var population []rl.Evaluation
	all := s.Evaluations()
	for i, one := range all {
		if one.OK() {
			population = append(population, one)
		}
		if len(population) > size && (i+1 == len(all) || all[i+1].Group != one.Group) {
			population = crowded(s, population)[:size]
		}
	}
	return crowded(s, population)
}

// crowded sorts a population by non-dominated rank and within a rank by crowding distance, largest
// first. Evaluations beyond a limit come last in the order of rl.State.Top.
func crowded(s *rl.State, population []rl.Evaluation) []rl.Evaluation {
	var within, beyond []rl.Evaluation
	var points [][]float64
	for _, e := range population {
		if s.Feasible(e) {
			within, points = append(within, e), append(points, s.Point(e))
		} else {
			beyond = append(beyond, e)
		}
	}
	ranks, distances := pareto.Ranks(points), make([]float64, len(points))
	for rank := 0; ; rank++ {
		var members []int
		var front [][]float64
		for i, r := range ranks {
			if r == rank {
				members, front = append(members, i), append(front, points[i])
			}
		}
		if len(members) == 0 {
			break
		}
		for k, d := range pareto.Crowding(front) {
			distances[members[k]] = d
		}
	}
	order := make([]int, len(within))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(ranks[a], ranks[b]), -cmp.Compare(distances[a], distances[b]))
	})
	sorted := make([]rl.Evaluation, 0, len(population))
	for _, i := range order {
		sorted = append(sorted, within[i])
	}
	scores := s.Scores(beyond)
	places := make([]int, len(beyond))
	for i := range places {
		places[i] = i
	}
	slices.SortStableFunc(places, func(a, b int) int { return -cmp.Compare(scores[a], scores[b]) })
	for _, i := range places {
		sorted = append(sorted, beyond[i])
	}
	return sorted
}

// tournament returns the better of two random members of a sorted population.
func tournament(rng *rand.Rand, population []rl.Evaluation) searchspace.Arch {
	return population[min(rng.IntN(len(population)), rng.IntN(len(population)))].Arch
}

// decisionPlace identifies a decision of an architecture.
type decisionPlace struct {
	part, node, from, field int
	kind                    searchspace.Kind
}

func placeOf(d searchspace.Decision) decisionPlace {
	return decisionPlace{d.Part, d.Node, d.From, d.Field, d.Kind}
}

// child recombines two parents and mutates the result. It makes only allowed decisions, so the
// child is a member of the space.
func (e NSGA2) child(space searchspace.Space, rng *rand.Rand, mother, father searchspace.Arch) (searchspace.Arch, error) {
	parents := []searchspace.Arch{mother, father}
	if rng.Float64() >= cmp.Or(e.Cross, 0.9) {
		parents = parents[:1]
	}
	values := make([]map[decisionPlace]int, len(parents))
	choices := 0
	for i, parent := range parents {
		path, err := searchspace.Path(space, parent)
		if err != nil {
			return searchspace.Arch{}, err
		}
		values[i] = make(map[decisionPlace]int, len(path))
		for _, step := range path {
			values[i][placeOf(step.Decision)] = step.Value
			if i == 0 && len(step.Allowed) > 1 {
				choices++
			}
		}
	}
	b := space.Start()
	for d, ok := b.Next(); ok; d, ok = b.Next() {
		if len(d.Allowed) == 0 {
			return searchspace.Arch{}, d.DeadEnd()
		}
		if err := b.Take(inherit(rng, d, values, choices)); err != nil {
			return searchspace.Arch{}, err
		}
	}
	return b.Arch()
}

// inherit makes a decision: with probability 1/choices a random one of the others, otherwise that
// of a parent.
func inherit(rng *rand.Rand, d searchspace.Decision, values []map[decisionPlace]int, choices int) int {
	if len(d.Allowed) == 1 {
		return d.Allowed[0]
	}
	value, ok := values[rng.IntN(len(values))][placeOf(d)]
	mutates := rng.IntN(max(1, choices)) == 0
	if ok && slices.Contains(d.Allowed, value) {
		if !mutates {
			return value
		}
		others := slices.DeleteFunc(slices.Clone(d.Allowed), func(v int) bool { return v == value })
		return others[rng.IntN(len(others))]
	}
	return d.Allowed[rng.IntN(len(d.Allowed))]
}

// Validate returns an error if a setting is out of range.
func (e NSGA2) Validate() error {
	if e.Population < 0 || !(e.Cross >= 0 && e.Cross <= 1) {
		return fmt.Errorf("NSGA2: Population must not be negative and Cross must be from 0 to 1, got %d and %v", e.Population, e.Cross)
	}
	return nil
}
