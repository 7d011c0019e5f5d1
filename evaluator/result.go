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
// As JSON it is {"value": 93.2, "metrics": {"params": 1300000}, "cost_seconds": 12.5, "failure": "out of memory",
// "resume": "checkpoints/17", "curve": [{"epoch": 6, "value": 91.5}]}; every field but value is optional.
type Result struct {
	// Value is the objective; higher is better.
	Value float64
	// Metrics contains further figures of the architecture, by name.
	Metrics map[string]float64
	// Cost is the time to train the network, measured or as published, not the time to look it up. If the evaluation resumed an
	// earlier one (see [Budgeted]), Cost covers only the continuation.
	Cost time.Duration
	// Failure is the error text of a failed evaluation if Value is a substitute for its objective; see [Penalized].
	Failure string
	// Resume identifies the state that the evaluation saved, such as a checkpoint, so that an evaluation at a larger budget can
	// continue from it; see Budget.Resume. Only the evaluator interprets it. It is empty if nothing was saved.
	Resume string
	// Curve is the learning curve that the evaluation reported. It may be empty.
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

// MarshalJSON encodes the result. It returns an error if a number is NaN or infinite, which JSON cannot represent.
func (r Result) MarshalJSON() ([]byte, error) {
	return json.Marshal(resultJSON{
		Value: &r.Value, Metrics: r.Metrics, CostSeconds: r.Cost.Seconds(), Failure: r.Failure, Resume: r.Resume, Curve: r.Curve,
	})
}

// UnmarshalJSON decodes a result written by MarshalJSON. Costs below 26 days are exact to the nanosecond. It returns an error
// if the value is missing.
func (r *Result) UnmarshalJSON(text []byte) error {
	var in resultJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return fmt.Errorf("reading a result: %w", err)
	}
	if in.Value == nil {
		return errors.New(`reading a result: "value" is missing`)
	}
	cost := math.Round(in.CostSeconds * float64(time.Second))
	if math.Abs(cost) >= math.MaxInt64 {
		return fmt.Errorf("reading a result: a cost of %v seconds is out of range: it must be within ±292 years", in.CostSeconds)
	}
	*r = Result{
		Value: *in.Value, Metrics: in.Metrics, Cost: time.Duration(cost), Failure: in.Failure, Resume: in.Resume, Curve: in.Curve,
	}
	return nil
}
