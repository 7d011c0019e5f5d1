package likelihood

import "math"

// LogSoftmax appends the log-probabilities of the allowed values, or of all if allowed is nil, to
// dst. The logits z are divided by the temperature.
func LogSoftmax(dst []float64, z []float32, allowed []int, temperature float64) []float64 {
	if allowed == nil {
		for _, v := range z {
			dst = append(dst, float64(v)/temperature)
		}
	}
	for _, i := range allowed {
		dst = append(dst, float64(z[i])/temperature)
	}
	total := LogSumExp(dst)
	for i := range dst {
		dst[i] -= total
	}
	return dst
}

// LogSumExp returns log Σ exp(x) without overflow.
func LogSumExp(x []float64) float64 {
	largest := math.Inf(-1)
	for _, v := range x {
		largest = max(largest, v)
	}
	if math.IsInf(largest, 0) {
		return largest
	}
	var sum float64
	for _, v := range x {
		sum += math.Exp(v - largest)
	}
	return largest + math.Log(sum)
}
