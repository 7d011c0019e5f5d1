package network

import (
	"encoding/json"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Planner returns a function that plans the network of an architecture and writes it as a [Document]. It is the Plan of a
// command.Config or jetstream.Config: it sends every architecture to another program together with its network, so that the
// program can train architectures of any space with any design. The function is safe for concurrent use. Its errors are those
// of [NewPlan].
func Planner(d Design, in Input) func(searchspace.Arch) (json.RawMessage, error) {
	return func(a searchspace.Arch) (json.RawMessage, error) {
		plan, err := NewPlan(d, a, in)
		if err != nil {
			return nil, err
		}
		return plan.MarshalJSON()
	}
}
