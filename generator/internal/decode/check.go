package decode

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/finite"
	"github.com/graphpnas/graphpnas/searchspace"
)

// CheckDecision returns an error if a Builder's decision allows nothing, allows values outside lo..hi−1, or is about a node
// or edge that a part of the given number of nodes does not have.
func CheckDecision(d searchspace.Decision, nodes, lo, hi int) error {
	if len(d.Allowed) == 0 {
		return fmt.Errorf("%v: %w", d, searchspace.ErrDeadEnd)
	}
	for _, v := range d.Allowed {
		if v < lo || v >= hi {
			return fmt.Errorf("%v: %w: value %d is not within %d..%d", d, searchspace.ErrInvalid, v, lo, hi-1)
		}
	}
	if d.Node < 0 || d.Node >= nodes || d.Kind != searchspace.NodeOp && (d.From < 0 || d.From >= d.Node) {
		return fmt.Errorf("%v: %w: not in topological order", d, searchspace.ErrInvalid)
	}
	return nil
}

// CheckTemperature returns an error if logits cannot be divided by t.
func CheckTemperature(t float64) error {
	if !(t > 0) || !finite.Is(t) {
		return fmt.Errorf("temperature must be a positive number, got %v", t)
	}
	return nil
}
