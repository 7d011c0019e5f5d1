package main

import (
	"github.com/graphpnas/graphpnas/examples/internal/report"
	"github.com/graphpnas/graphpnas/internal/summary"
	"github.com/graphpnas/graphpnas/rl/report/plots"
)

// picture draws the average ranks and regrets of the methods with their intervals, best rank on top.
func (o overall) picture(path string) error {
	if len(o.scores) == 0 {
		return nil
	}
	rank := plots.Panel{Title: "Average rank", Axis: "1 is best", Ranks: true}
	regret := plots.Panel{Title: "Normalized regret", Axis: "0 is the best of a table, 1 its median"}
	for _, s := range o.byRank() {
		rank.Dots, regret.Dots = append(rank.Dots, dotOf(s.name, s.rank)), append(regret.Dots, dotOf(s.name, s.regret))
	}
	return report.Save(plots.Dots(report.Styles, rank, regret), path)
}

func dotOf(name string, i summary.Interval) plots.Dot {
	return plots.Dot{Name: name, Value: i.Value, Low: float64(i.Low), High: float64(i.High)}
}
