package bayes

import (
	"errors"
	"fmt"

	"github.com/graphpnas/graphpnas/evaluator"
)

// failureGrid contains the models of which architectures fail.
var failureGrid = grid{shares: []float64{0.5}, scales: []float64{0.5, 1, 2, 4}, noises: []float64{0.02, 0.1, 0.3, 1}}

// leastChance is the smallest predicted probability of success.
const leastChance = 0.02

// chances returns the probability that each architecture succeeds, or nil if all evaluations so far
// had the same outcome. It fits a Gaussian process to successes (1) and failures (0), ignoring
// temporary failures. Uncertain ones count, because an evaluator may be certain or not by chance, and
// the search must not depend on that.
func (m *memory) chances(entries []*entry) ([]float64, error) {
	var numbers []int
	var targets []float64
	successes := 0.0
	for i, e := range m.seen {
		if errors.Is(e.Err, evaluator.ErrTemporary) && !errors.Is(e.Err, evaluator.ErrUncertain) {
			continue
		}
		target := 0.0
		if e.OK() {
			target = 1
		}
		successes += target
		numbers, targets = append(numbers, i), append(targets, target)
	}
	n := float64(len(targets))
	if successes == 0 || successes == n {
		return nil, nil
	}
	rate := (successes + 1) / (n + 2)
	for i := range targets {
		targets[i] -= rate
	}
	seen := m.sampleOf(numbers, false)
	posteriors, err := m.fit(&failureGrid, seen, targets, 1)
	if err != nil {
		return nil, fmt.Errorf("fitting a Gaussian process to the failures among %d evaluations: %w", len(targets), err)
	}
	p := predict(seen, posteriors, entries)
	chances := make([]float64, len(entries))
	for i, mean := range p.mean {
		chances[i] = min(1, max(leastChance, rate+mean))
	}
	return chances, nil
}
