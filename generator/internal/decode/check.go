package decode

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/finite"
	"github.com/graphpnas/graphpnas/searchspace"
)

// CheckDecision returns an error if a Builder's decision about a part allows no values, allows
// values that the part does not have, or is about a node, edge or field that the part does not
// have.
func CheckDecision(part *searchspace.Part, d searchspace.Decision) error {
	if len(d.Allowed) == 0 {
		return d.DeadEnd()
	}
	lo, hi, err := values(part, d)
	if err != nil {
		return err
	}
	for _, v := range d.Allowed {
		if v < lo || v >= hi {
			return fmt.Errorf("%v: %w: the value must be from %d to %d, got %d", d, searchspace.ErrInvalid, lo, hi-1, v)
		}
	}
	onNode := d.Kind == searchspace.NodeOp || d.Kind == searchspace.NodeField
	if d.Node < 0 || d.Node >= part.MaxNodes || !onNode && (d.From < 0 || d.From >= d.Node) {
		return fmt.Errorf("%v: %w: the edges of a part must come in topological order", d, searchspace.ErrInvalid)
	}
	return nil
}

// values returns the range lo..hi−1 of the values that a decision about the part may allow.
func values(part *searchspace.Part, d searchspace.Decision) (lo, hi int, err error) {
	switch d.Kind {
	case searchspace.NodeOp:
		return 0, len(part.NodeOps), nil
	case searchspace.EdgePresence:
		return 0, 2, nil
	case searchspace.EdgeOp:
		return 1, len(part.EdgeOps), nil
	case searchspace.NodeField:
		return valuesOf(part.NodeFields, d)
	case searchspace.EdgeField:
		return valuesOf(part.EdgeFields, d)
	}
	return 0, 0, fmt.Errorf("%v: %w: unknown kind of decision", d, searchspace.ErrInvalid)
}

func valuesOf(fields []searchspace.Field, d searchspace.Decision) (lo, hi int, err error) {
	if d.Field < 0 || d.Field >= len(fields) {
		return 0, 0, fmt.Errorf("%v: %w: the index of the field must be below %d, got %d", d, searchspace.ErrInvalid, len(fields), d.Field)
	}
	return 0, len(fields[d.Field].Values), nil
}

// minTemperature is the smallest temperature. Any float32 divided by it is finite, and so are sums of
// many such logits.
const minTemperature = 1e-30

// CheckTemperature returns an error if t is not a valid temperature.
func CheckTemperature(t float64) error {
	if !(t >= minTemperature) || !finite.Is(t) {
		return fmt.Errorf("temperature must be finite and at least %v, got %v", minTemperature, t)
	}
	return nil
}
