package bayes

import (
	"math"

	"github.com/graphpnas/graphpnas/rl"
)

// costs are the costs of training runs, relative to a complete one from scratch.
type costs struct {
	total   []float64 // costs from scratch up to each smaller budget
	resumes bool      // whether training runs continue where those at smaller budgets have stopped
}

// costsOf returns the mean costs of the evaluations at ascending budgets below the full one. If none
// is known for a budget, it costs a third of the next.
func costsOf(s *rl.State, budgets []float64) costs {
	spent := map[string]float64{} // by architectures, up to their largest budget so far, including what they resumed
	mean := func(budget float64) float64 {
		sum, n := 0.0, 0.0
		for _, e := range s.At(budget) {
			if !e.OK() || e.Result.Cost <= 0 {
				continue
			}
			cost := e.Result.Cost.Seconds()
			if e.Resume != "" {
				cost += spent[e.Key]
			}
			spent[e.Key] = cost
			sum, n = sum+cost, n+1
		}
		return sum / n // NaN if n is 0
	}
	c := costs{total: make([]float64, len(budgets))}
	for i, budget := range budgets {
		c.total[i] = mean(budget)
	}
	whole, next := mean(0), 1.0
	for i := len(budgets) - 1; i >= 0; i-- {
		if c.total[i] /= whole; math.IsNaN(c.total[i]) {
			c.total[i] = next / 3
		}
		next = c.total[i]
	}
	continuing := 0
	for _, e := range s.Smaller() {
		if e.OK() && e.Result.Resume != "" {
			continuing++
		}
	}
	c.resumes = 2*continuing > len(s.Smaller())
	return c
}

// paid returns the cost that a training run no longer has to pay after the budget with an index, or
// zero for the index -1.
func (c costs) paid(i int) float64 {
	if i < 0 || !c.resumes {
		return 0
	}
	return c.total[i]
}
