package report

import (
	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/internal/rankcorr"
	"github.com/graphpnas/graphpnas/rl"
)

// budgetData summarizes the evaluations at one budget.
type budgetData struct {
	Budget      number `json:"budget"` // 0 is the full budget
	Evaluations int    `json:"evaluations"`
	Failed      int    `json:"failed"`
	Stopped     int    `json:"stopped"`
	Cost        number `json:"cost"` // of all evaluations in total, in seconds
	// Promoted is the number of architectures that were also evaluated at a larger budget.
	Promoted int        `json:"promoted"`
	Ranks    []rankData `json:"ranks"`
}

// rankData holds Spearman's rank correlation of the first objective between a budget and a larger one, over the N architectures that
// succeeded at both. The correlation is not finite if it is undefined.
type rankData struct {
	Budget   number `json:"budget"`
	N        int    `json:"n"`
	Spearman number `json:"spearman"`
}

// budgetsOf summarizes the budgets of a search in ascending order. It returns nil if there is only one.
func budgetsOf(h *rl.History) []budgetData {
	budgets := h.Budgets()
	if len(budgets) < 2 {
		return nil
	}
	values := make([]map[string]float64, len(budgets)) // by key
	all := make([]budgetData, len(budgets))
	for i, b := range budgets {
		all[i] = budgetData{Budget: number(b), Ranks: []rankData{}}
		values[i] = map[string]float64{}
		for _, e := range h.At(b) {
			all[i].add(e)
			if v, ok := objectiveOf(h).Figure(e.Result); ok && e.OK() {
				values[i][e.Key] = v
			}
		}
	}
	for i := range all {
		promoted := map[string]bool{}
		for k := i + 1; k < len(all); k++ {
			var small, large []float64
			for _, e := range h.At(budgets[k]) {
				own, known := values[i][e.Key]
				if !known {
					continue
				}
				promoted[e.Key] = true
				if v, ok := values[k][e.Key]; ok {
					small, large = append(small, own), append(large, v)
				}
			}
			all[i].Ranks = append(all[i].Ranks, rankData{number(budgets[k]), len(small), number(rankcorr.Spearman(small, large))})
		}
		all[i].Promoted = len(promoted)
	}
	return all
}

// add counts an evaluation.
func (b *budgetData) add(e rl.Evaluation) {
	b.Evaluations++
	b.Cost += number(e.Result.Cost.Seconds())
	switch {
	case e.Stopped():
		b.Stopped++
	case !e.OK():
		b.Failed++
	}
}

// objectiveOf returns the first objective of a search.
func objectiveOf(h *rl.History) rl.Objective {
	if len(h.Objectives) == 0 {
		return rl.Objective{}
	}
	return h.Objectives[0]
}

// mostPoints is the maximum number of points of a learning curve on a page.
const mostPoints = 40

// curveOf returns the epochs and values of a learning curve. It thins out a long curve to at most mostPoints.
func curveOf(c evaluator.Curve) (points [][2]number) {
	n := min(len(c), mostPoints)
	for i := range n {
		p := c[len(c)-1]
		if i < n-1 {
			p = c[i*(len(c)-1)/(n-1)]
		}
		points = append(points, [2]number{number(p.Epoch), number(p.Value)})
	}
	return points
}

// firstTrials returns the first trial of each architecture, by its key.
func firstTrials(evaluations []rl.Evaluation) map[string]int {
	first := map[string]int{}
	for _, e := range evaluations {
		if _, ok := first[e.Key]; !ok && e.Key != "" {
			first[e.Key] = e.ID
		}
	}
	return first
}
