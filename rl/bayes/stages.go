package bayes

import "math"

// stages are the evaluations of one architecture that remain, at larger and larger budgets. Each is
// run only if the results before it are good enough. The full budget comes last; from scratch, its
// cost is 1.
type stages struct {
	budgets []float64 // budgets of the stages, then 0 for the full budget
	costs   []float64 // costs of the stages from scratch
	paid    float64   // the part of the costs that earlier evaluations have paid
	resumes bool      // whether each stage pays for the next ones too
	gains   []float64 // increase of the prediction's precision by each stage
}

// leastCost is the smallest cost of a stage, in case measured costs contradict each other.
const leastCost = 0.01

// index returns the largest ratio of expected improvement to cost over all plans, and the first
// stage of the best plan. The result at the full budget exceeds the best so far by a normal amount with
// the given mean and variance.
func (s stages) index(mean, variance float64) (index float64, stage int) {
	direct := improvement(mean, math.Sqrt(variance)) / max(leastCost, 1-s.paid)
	stage = len(s.costs)
	if len(s.costs) == 0 || !(direct > 0) {
		return direct, stage
	}
	low, high := direct, 2*direct
	for range 40 {
		worth, first := s.value(0, 0, s.paid, mean, variance, high)
		if worth <= 0 {
			break
		}
		low, high, stage = high, 2*high, first
	}
	for range 12 {
		middle := (low + high) / 2
		if worth, first := s.value(0, 0, s.paid, mean, variance, middle); worth > 0 {
			low, stage = middle, first
		} else {
			high = middle
		}
	}
	return low, stage
}

// value returns the value of the best plan from a stage on if each unit of cost has the given
// price, and its first stage. The arguments gained and paid are the precision added and the cost paid
// by earlier stages.
func (s stages) value(from int, gained, paid, mean, variance, price float64) (worth float64, first int) {
	worth, first = improvement(mean, math.Sqrt(variance))-price*max(leastCost, 1-paid), len(s.costs)
	for k := from; k < len(s.costs); k++ {
		left := 1 / (1/variance + s.gains[k] - gained)
		spread := math.Sqrt(max(0, variance-left))
		sum, then := 0.0, 0.0
		if s.resumes {
			then = s.costs[k]
		}
		for _, z := range quantiles {
			after, _ := s.value(k+1, s.gains[k], then, mean+spread*z, left, price)
			if after <= 0 {
				break // worse outcomes have no value either
			}
			sum += after
		}
		if w := sum/float64(len(quantiles)) - price*max(leastCost, s.costs[k]-paid); w > worth {
			worth, first = w, k
		}
	}
	return worth, first
}
