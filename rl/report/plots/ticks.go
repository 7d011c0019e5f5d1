package plots

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// round is a ticker at round numbers: multiples of 1, 2 or 5 times a power of ten. The number of labels is approximate. A
// range too narrow for distinct round numbers has one tick, at its lower end.
type round struct{ labels int }

var _ plot.Ticker = round{}

// Ticks implements [plot.Ticker].
func (r round) Ticks(low, high float64) []plot.Tick {
	if !(high-low > 1e-12*max(math.Abs(low), math.Abs(high))) {
		return []plot.Tick{{Value: low, Label: strconv.FormatFloat(low, 'g', 6, 64)}}
	}
	power := math.Floor(math.Log10((high - low) / float64(r.labels)))
	step := math.Pow(10, power)
	for _, m := range []float64{1, 2, 5, 10} {
		if step = m * math.Pow(10, power); (high-low)/step <= float64(r.labels) {
			break
		}
	}
	digits := max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
	var ticks []plot.Tick
	for i := math.Ceil(low/step - 1e-9); i*step <= high+1e-9*step; i++ {
		ticks = append(ticks, plot.Tick{Value: i * step, Label: strconv.FormatFloat(i*step, 'f', digits, 64)})
	}
	return ticks
}
