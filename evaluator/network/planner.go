package network

import (
	"encoding/json"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Planner returns a function that encodes the network of an architecture as a JSON [Document]. Use it as the Plan of a
// command.Config or jetstream.Config, so that every architecture is sent to another program together with its network, and the
// program can train architectures of any space and design. The function is safe for concurrent use. It returns the errors of
// [NewPlan].
func Planner(d Design, in Input) func(searchspace.Arch) (json.RawMessage, error) {
	return func(a searchspace.Arch) (json.RawMessage, error) {
		plan, err := NewPlan(d, a, in)
		if err != nil {
			return nil, err
		}
		return plan.MarshalJSON()
	}
}
