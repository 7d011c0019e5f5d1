package store

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// encodeMetrics writes metrics as a JSON object, nil as NULL. A training that diverges has a loss that is no finite number:
// such a figure is written as the string "NaN", "+Inf" or "-Inf".
func encodeMetrics(metrics map[string]float64) (sql.NullString, error) {
	if metrics == nil {
		return sql.NullString{}, nil
	}
	out := make(map[string]any, len(metrics))
	for name, v := range metrics {
		out[name] = v
		if math.IsNaN(v) || math.IsInf(v, 0) {
			out[name] = strconv.FormatFloat(v, 'g', -1, 64)
		}
	}
	text, err := json.Marshal(out)
	return sql.NullString{String: string(text), Valid: true}, err
}

// decodeMetrics reads what encodeMetrics writes.
func decodeMetrics(text string) (map[string]float64, error) {
	var in map[string]any
	if err := json.Unmarshal([]byte(text), &in); err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	metrics := make(map[string]float64, len(in))
	for name, v := range in {
		switch v := v.(type) {
		case float64:
			metrics[name] = v
		case string:
			number, err := strconv.ParseFloat(v, 64)
			if err != nil {
				return nil, fmt.Errorf("metric %q: %w", name, err)
			}
			metrics[name] = number
		default:
			return nil, fmt.Errorf("metric %q is no number: %v", name, v)
		}
	}
	return metrics, nil
}
