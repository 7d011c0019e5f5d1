package baseline

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// MedianStopping stops evaluations that are worse than the median (Golovin et al. 2017): it stops
// an evaluation if its best value so far is below the median of the other evaluations' mean values
// up to the same epoch, or above it if the search minimizes. The evaluator must report values while
// it runs (evaluator.Report), and the only objective must be the value; see [rl.Stopper].
type MedianStopping struct {
	// Method proposes the trials.
	Method rl.Method
	// Grace is the epoch up to which nothing is stopped, in the evaluator's unit; 0 means no grace
	// period.
	Grace float64
	// Least is the number of other evaluations that must have reported a value by the same epoch; 0
	// means 5.
	Least int
}

var (
	_ rl.Method   = MedianStopping{}
	_ rl.Finisher = MedianStopping{}
	_ rl.Stopper  = MedianStopping{}
)

// Validate returns an error if a setting is invalid.
func (m MedianStopping) Validate() error {
	if m.Method == nil {
		return fmt.Errorf("MedianStopping: Method must not be nil")
	}
	if !(m.Grace >= 0) || m.Least < 0 {
		return fmt.Errorf("MedianStopping: Grace and Least must not be negative, got %v and %d", m.Grace, m.Least)
	}
	return rl.Validate(m.Method)
}

// ValidateFor returns an error if the Method cannot search the space.
func (m MedianStopping) ValidateFor(space searchspace.Space) error {
	return rl.ValidateFor(m.Method, space)
}

// Propose calls Propose of the Method.
func (m MedianStopping) Propose(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
	return m.Method.Propose(ctx, s, n)
}

// Finish calls Finish of the Method if that is an [rl.Finisher].
func (m MedianStopping) Finish(ctx context.Context, s *rl.State) error {
	return finish(ctx, s, m.Method)
}

// Stop compares a trial with the median of the others. Higher values are better.
func (m MedianStopping) Stop(_ rl.Trial, curve evaluator.Curve, others []evaluator.Curve) bool {
	if curve[len(curve)-1].Epoch <= m.Grace {
		return false
	}
	var means []float64
	for _, other := range others {
		if len(other) > 0 {
			means = append(means, stat.Mean(valuesOf(other), nil))
		}
	}
	if len(means) < cmp.Or(m.Least, 5) {
		return false
	}
	slices.Sort(means)
	return slices.Max(valuesOf(curve)) < stat.Quantile(0.5, stat.Empirical, means, nil)
}

func valuesOf(curve evaluator.Curve) []float64 {
	values := make([]float64, len(curve))
	for i, p := range curve {
		values[i] = p.Value
	}
	return values
}
