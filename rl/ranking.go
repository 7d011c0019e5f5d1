package rl

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Ranker tells which of many architectures are worth an evaluation.
type Ranker interface {
	// Rank returns a score for each candidate, the higher the more wanted. It learns from the session's history, and
	// trains nothing.
	Rank(ctx context.Context, s Session, candidates []searchspace.Arch) ([]float64, error)
}

// Ranking has a round propose many architectures and a Ranker choose those that are evaluated. The zero value proposes
// no more than are wanted. It does not go with a Learner that is on-policy, which must see all that is drawn.
type Ranking struct {
	// Ranker chooses; nil: nobody does.
	Ranker Ranker
	// Samples is how many architectures the generator draws a round; 0: 200.
	Samples int
	// Parents is how many of the best architectures so far propose their neighbours (searchspace.Neighbors) too.
	Parents int
	// Explored is how many architectures are drawn a round besides: the generator and the neighbours know only the
	// surroundings of what was found. About half of them the explorer draws, the others are uniform, the absence of an
	// edge as likely as each of its operations.
	Explored int
}

// ranked returns the new architectures that the ranker wants most, out of what the generator draws, the neighbours of the
// best and what is drawn anywhere, and how many the generator drew.
func (s *search) ranked(ctx context.Context) ([]candidate, int, error) {
	r := s.config.Ranking
	archs, err := s.model.Sample(ctx, s.rand(forSample), orDefault(r.Samples, 200))
	if err != nil {
		return nil, len(archs), err
	}
	samples := len(archs)
	session := s.sessionOf(s.number(), forStrategy)
	for _, e := range s.history.Top(r.Parents) {
		near, err := session.neighbors(ctx, e)
		if err != nil {
			return nil, samples, err
		}
		for _, c := range near {
			archs = append(archs, c.arch)
		}
	}
	fresh := s.keepNew(nil, archs, map[string]bool{}, len(archs))
	explored, err := s.drawAnywhere(ctx, r.Explored, fresh)
	if err != nil {
		return nil, samples, err
	}
	fresh = append(fresh, explored...)
	archs = archs[:0]
	for _, c := range fresh {
		archs = append(archs, c.arch)
	}
	scores, err := r.Ranker.Rank(ctx, session, archs)
	if err != nil {
		return nil, samples, fmt.Errorf("ranking %d candidates: %w", len(archs), err)
	}
	if len(scores) != len(archs) {
		return nil, samples, fmt.Errorf("the ranker returned %d scores for %d candidates", len(scores), len(archs))
	}
	chosen := make([]candidate, 0, s.wanted())
	for _, i := range highest(scores, s.wanted()) {
		chosen = append(chosen, fresh[i])
	}
	return chosen, samples, nil
}

// highest returns the indices of the n highest scores, highest first, of equal ones the first.
func highest(scores []float64, n int) []int {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(scores[j], scores[i]) })
	return order[:min(n, len(order))]
}
