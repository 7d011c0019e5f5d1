package bayes

import "math"

// venture is the evaluation of one architecture at larger and larger budgets, as long as the results are good enough. The full
// budget, whose cost is 1, comes last.
type venture struct {
	budgets []float64 // of the stages, and 0 for the full budget
	costs   []float64 // of the stages
	gains   []float64 // how much the precision of the prediction is increased by a stage, over what is known now
	noise   float64   // variance of the noise of a result at the full budget
}

// index returns the greatest expected improvement for its cost that any plan reaches, and the number of the stage that it begins
// with. The improvement that a result at the full budget will be is normal with the given mean and variance.
func (v venture) index(mean, variance float64) (index float64, stage int) {
	direct := improvement(mean, math.Sqrt(variance+v.noise))
	stage = len(v.costs)
	if len(v.costs) == 0 || !(direct > 0) {
		return direct, stage
	}
	low, high := direct, 2*direct
	for range 40 {
		if worth, _ := v.value(0, 0, mean, variance, high); worth <= 0 {
			break
		}
		low, high = high, 2*high
	}
	for range 12 {
		middle := (low + high) / 2
		if worth, first := v.value(0, 0, mean, variance, middle); worth > 0 {
			low, stage = middle, first
		} else {
			high = middle
		}
	}
	return low, stage
}

// value returns what the best plan from a stage on is worth at a price for each unit of cost, and the stage it begins with. gained is
// the precision that earlier stages have added.
func (v venture) value(from int, gained, mean, variance, price float64) (worth float64, first int) {
	worth, first = improvement(mean, math.Sqrt(variance+v.noise))-price, len(v.costs)
	for k := from; k < len(v.costs); k++ {
		left := 1 / (1/variance + v.gains[k] - gained)
		spread := math.Sqrt(max(0, variance-left))
		sum := 0.0
		for _, z := range quantiles {
			after, _ := v.value(k+1, v.gains[k], mean+spread*z, left, price)
			if after <= 0 {
				break // worse outcomes are worth nothing either
			}
			sum += after
		}
		if w := sum/float64(len(quantiles)) - price*v.costs[k]; w > worth {
			worth, first = w, k
		}
	}
	return worth, first
}
