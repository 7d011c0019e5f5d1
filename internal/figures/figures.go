// Package figures encodes named numbers as JSON, including NaN and infinities.
package figures

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// Figures maps names to numbers. In JSON, it is an object in which a number that is NaN or
// infinite, such as the loss of a diverged training, is the string "NaN", "+Inf" or "-Inf".
type Figures map[string]float64

// MarshalJSON writes the figures.
func (f Figures) MarshalJSON() ([]byte, error) {
	out := make(map[string]any, len(f))
	for name, v := range f {
		out[name] = v
		if math.IsNaN(v) || math.IsInf(v, 0) {
			out[name] = strconv.FormatFloat(v, 'g', -1, 64)
		}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (f *Figures) UnmarshalJSON(text []byte) error {
	var in map[string]any
	if err := json.Unmarshal(text, &in); err != nil {
		return fmt.Errorf("figures: %w", err)
	}
	figures := make(Figures, len(in))
	for name, v := range in {
		switch v := v.(type) {
		case float64:
			figures[name] = v
		case string:
			number, err := strconv.ParseFloat(v, 64)
			if err != nil {
				return fmt.Errorf("figure %q: %w", name, err)
			}
			figures[name] = number
		default:
			return fmt.Errorf("figure %q must be a number, got %v", name, v)
		}
	}
	*f = figures
	return nil
}
