package plots

import (
	"gonum.org/v1/plot"

	"github.com/graphpnas/graphpnas/rl"
)

// Ticks returns about as many ticks as labels are wanted.
func Ticks(low, high float64, labels int) []plot.Tick { return round{labels}.Ticks(low, high) }

// Colors are those of the styles.
var Colors = colors

// StyleOf returns the style with a number.
func StyleOf(number int) Style { return style(number) }

// NumberOfStyles is how many styles there are.
var NumberOfStyles = numberOfStyles

// CurveByEvaluations returns the points of the curve of searches.
func CurveByEvaluations(all ...*rl.History) []Point {
	var runs [][]reached
	for _, h := range all {
		runs = append(runs, byEvaluations(h))
	}
	return curveOf("", runs).Points
}

// CurveByTime returns the points of the curve of a search.
func CurveByTime(h *rl.History, timeline rl.Timeline) []Point {
	return curveOf("", [][]reached{byTime(h, timeline)}).Points
}
