package main

import (
	"io"
	"math"
	"strings"

	"github.com/graphpnas/graphpnas/examples/internal/report"
	"github.com/graphpnas/graphpnas/internal/summary"
)

// drawsMarkdown writes a table of the drawings, with a line for each table and level.
func (s *suite) drawsMarkdown(w io.Writer, all []drawing) error {
	p := report.NewPrinter(w)
	p.Printf("Share of %d draws that are among the table's top 1 %%, in percent: mean ± standard error, and in parentheses the geometric mean\n"+
		"of the temperatures. Differences are from %s, in points, with 95 %% intervals (Student's t over the seeds).\n\n", s.draws, s.against)
	p.Printf("| table | seeds | at the entropy of | nats |")
	for _, m := range s.methods {
		p.Printf(" `%s` |", m.Name)
	}
	for _, m := range s.methods {
		if m.Name != s.against {
			p.Printf(" difference of `%s` |", m.Name)
		}
	}
	p.Printf("\n|%s\n", strings.Repeat("---|", 3+2*len(s.methods)))
	for _, t := range s.problems {
		var own []drawing
		for _, d := range all {
			if d.Table == t.Name {
				own = append(own, d)
			}
		}
		if len(own) == 0 {
			continue
		}
		for i := range s.methods {
			s.drawsLine(p, own, i)
		}
	}
	return p.Err()
}

// drawsLine writes the line of a level.
func (s *suite) drawsLine(p *report.Printer, own []drawing, i int) {
	levels := make([]level, len(own))
	for k, d := range own {
		levels[k] = d.Levels[i]
	}
	column := func(figure func(level) float64) []float64 {
		values := make([]float64, len(levels))
		for k, l := range levels {
			values[k] = figure(l)
		}
		return values
	}
	entropy := summary.Of(column(func(l level) float64 { return l.Entropy }))
	p.Printf("| %s | %d | `%s` | %.2f |", own[0].Table, len(own), s.methods[i].Name, entropy.Mean)
	shares := make([][]float64, len(s.methods))
	base := 0
	for k, m := range s.methods {
		shares[k] = column(func(l level) float64 { return 100 * l.Top[k] })
		temperature := summary.Of(column(func(l level) float64 { return math.Log(l.Temperatures[k]) }))
		p.Printf(" %s (%.2f) |", summary.Of(shares[k]).Text(1), math.Exp(temperature.Mean))
		if m.Name == s.against {
			base = k
		}
	}
	for k := range s.methods {
		if k != base {
			p.Printf(" %s |", summary.Paired(shares[k], shares[base]).Text("%+.1f"))
		}
	}
	p.Printf("\n")
}
