package bayes

import "math"

// stages are the evaluations of one architecture that remain, at larger and larger budgets. Each is
// run only if the results before it are good enough. The full budget comes last; its cost is 1.
type stages struct {
	budgets []float64 // budgets of the stages, then 0 for the full budget
	costs   []float64 // costs of the stages
	gains   []float64 // increase of the prediction's precision by each stage
	noise   float64   // noise variance of a result at the full budget
}

// index returns the largest ratio of expected improvement to cost over all plans, and the first
// stage of the best plan. The improvement by a result at the full budget is normal with the given
// mean and variance.
func (s stages) index(mean, variance float64) (index float64, stage int) {
	direct := improvement(mean, math.Sqrt(variance+s.noise))
	stage = len(s.costs)
	if len(s.costs) == 0 || !(direct > 0) {
		return direct, stage
	}
	low, high := direct, 2*direct
	for range 40 {
		if worth, _ := s.value(0, 0, mean, variance, high); worth <= 0 {
			break
		}
		low, high = high, 2*high
	}
	for range 12 {
		middle := (low + high) / 2
		if worth, first := s.value(0, 0, mean, variance, middle); worth > 0 {
			low, stage = middle, first
		} else {
			high = middle
		}
	}
	return low, stage
}

// value returns the value of the best plan from a stage on if each unit of cost has the given
// price, and its first stage. The argument gained is the precision added by earlier stages.
func (s stages) value(from int, gained, mean, variance, price float64) (worth float64, first int) {
	worth, first = improvement(mean, math.Sqrt(variance+s.noise))-price, len(s.costs)
	for k := from; k < len(s.costs); k++ {
		left := 1 / (1/variance + s.gains[k] - gained)
		spread := math.Sqrt(max(0, variance-left))
		sum := 0.0
		for _, z := range quantiles {
			after, _ := s.value(k+1, s.gains[k], mean+spread*z, left, price)
			if after <= 0 {
				break // worse outcomes have no value either
			}
			sum += after
		}
		if w := sum/float64(len(quantiles)) - price*s.costs[k]; w > worth {
			worth, first = w, k
		}
	}
	return worth, first
}
