package evaluator

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"
)

// Result is the outcome of a successful evaluation.
//
// As JSON it is {"value": 93.2, "metrics": {"params": 1.3}, "cost_seconds": 12.5, "failure": "out of memory",
// "resume": "checkpoints/17", "curve": [{"epoch": 6, "value": 91.5}]}; every field but value is optional.
type Result struct {
	// Value is the objective; higher is better.
	Value float64
	// Metrics are further figures of the architecture, by name.
	Metrics map[string]float64
	// Cost is what the evaluation cost, measured or as published: the time to train the network, not to look it up. An
	// evaluation that continued another one (see [Budgeted]) costs only what it added.
	Cost time.Duration
	// Failure is why the evaluation failed, if Value is a substitute for the objective of a failed evaluation; see
	// [Penalized].
	Failure string
	// Resume identifies what the evaluation has left behind, such as a checkpoint, for an evaluation at a larger budget to
	// continue from (Budget.Resume). It means something to the evaluator only, and is empty if there is nothing to continue.
	Resume string
	// Curve is what was reported of the objective while the evaluation ran, if anything was.
	Curve Curve
}

type resultJSON struct {
	Value       *float64           `json:"value"`
	Metrics     map[string]float64 `json:"metrics,omitempty"`
	CostSeconds float64            `json:"cost_seconds,omitempty"`
	Failure     string             `json:"failure,omitempty"`
	Resume      string             `json:"resume,omitempty"`
	Curve       Curve              `json:"curve,omitempty"`
}

// MarshalJSON writes the result. It returns an error if a number is NaN or infinite, which JSON has no notation for.
func (r Result) MarshalJSON() ([]byte, error) {
	return json.Marshal(resultJSON{
		Value: &r.Value, Metrics: r.Metrics, CostSeconds: r.Cost.Seconds(), Failure: r.Failure, Resume: r.Resume, Curve: r.Curve,
	})
}

// UnmarshalJSON reads what MarshalJSON writes. Costs below 26 days are exact to the nanosecond. It returns an error if the
// value is missing.
func (r *Result) UnmarshalJSON(text []byte) error {
	var in resultJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return fmt.Errorf("reading a result: %w", err)
	}
	if in.Value == nil {
		return errors.New(`reading a result: no "value"`)
	}
	cost := math.Round(in.CostSeconds * float64(time.Second))
	if math.Abs(cost) >= math.MaxInt64 {
		return fmt.Errorf("reading a result: cost of %v seconds is out of range", in.CostSeconds)
	}
	*r = Result{
		Value: *in.Value, Metrics: in.Metrics, Cost: time.Duration(cost), Failure: in.Failure, Resume: in.Resume, Curve: in.Curve,
	}
	return nil
}
