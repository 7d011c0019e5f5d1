package plots

import (
	"gonum.org/v1/plot"

	"github.com/graphpnas/graphpnas/rl"
)

// Ticks returns ticks with about the given number of labels.
func Ticks(low, high float64, labels int) []plot.Tick { return round{labels}.Ticks(low, high) }

// Colors lists the colors of the styles.
var Colors = colors

// StyleOf returns the style with the given number.
func StyleOf(number int) Style { return style(number) }

// NumberOfStyles is the number of styles.
var NumberOfStyles = numberOfStyles

// CurveByEvaluations returns the points of the curve that Best draws for searches.
func CurveByEvaluations(all ...*rl.History) []Point {
	var runs [][]reached
	for _, h := range all {
		runs = append(runs, byEvaluations(h))
	}
	return curveOf("", runs).Points
}

// CurveByTime returns the points of the curve that BestOverTime draws for a search.
func CurveByTime(h *rl.History, timeline rl.Timeline) []Point {
	return curveOf("", [][]reached{byTime(h, timeline)}).Points
}
