package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/examples/internal/report"
	"github.com/graphpnas/graphpnas/internal/summary"
)

// report writes the reports and prints the first of them.
func (s *suite) report(records []record, stdout io.Writer) error {
	r := resultsOf(s, records)
	o := overallOf(r)
	markdown := func(w io.Writer) error { return r.markdown(w, o) }
	return errors.Join(
		program.WriteFile(filepath.Join(s.out, "suite.md"), markdown),
		program.WriteFile(filepath.Join(s.out, "suite.csv"), func(w io.Writer) error { return r.csv(w, o) }),
		o.picture(filepath.Join(s.out, "suite")),
		s.page(),
		markdown(stdout),
	)
}

// markdown writes a table of the methods over all tables, and one for each table.
func (r results) markdown(w io.Writer, o overall) error {
	p := report.NewPrinter(w)
	if finished, planned := r.finished(), len(r.tasks()); finished < planned {
		p.Printf("Incomplete: %d of %d searches have finished.\n\n", finished, planned)
	}
	r.overall(p, o)
	for _, t := range r.tables {
		r.table(p, t)
	}
	p.Printf("\n%v.\n", r.failures)
	return p.Err()
}

// finished returns the number of finished searches.
func (r results) finished() int {
	n := 0
	for _, t := range r.tables {
		for _, m := range t.methods {
			n += len(m.values)
		}
	}
	return n
}

// overall writes the comparison of the methods over all tables, best first.
func (r results) overall(p *report.Printer, o overall) {
	p.Printf("## Over all tables\n\n")
	if o.tables == 0 {
		p.Printf("No table has been searched by all methods yet.\n")
		return
	}
	p.Printf("%s in %s that all methods have searched. Parentheses contain 95 %% intervals, from a bootstrap over families and then\n"+
		"seeds. Methods are ranked on each table by the mean of the best values; equal means share a rank. Regret is (best − found) /\n"+
		"(best − median): 0 for the best of a table and 1 for its median.\n\n", counted(o.tables, "table", "tables"), counted(o.families, "family", "families"))
	if o.families < 2 {
		p.Printf("With a single family, the intervals do not apply to other families.\n\n")
	}
	p.Header([]string{"method", "average rank", "normalized regret", "rank behind " + r.against, "regret behind " + r.against})
	for _, s := range o.byRank() {
		behind := []string{"–", "–"}
		if s.name != r.against {
			behind = []string{s.rankBehind.Text("%+.2f"), s.regretBehind.Text("%+.3f")}
		}
		p.Row(append([]string{s.name, s.rank.Text("%.2f"), s.regret.Text("%.3f")}, behind...))
	}
}

// byRank returns the scores, best rank first.
func (o overall) byRank() []score {
	sorted := slices.Clone(o.scores)
	slices.SortStableFunc(sorted, func(s, t score) int { return cmp.Compare(s.rank.Value, t.rank.Value) })
	return sorted
}

// counted formats a number with its noun.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// table writes the results of the methods on a table, and compares them with the chosen method.
func (r results) table(p *report.Printer, t tableResult) {
	evals := r.setting(t.problem).Evals
	p.Printf("\n## %s\n\n%s", t.Name, t.describe(evals))
	if r.untilBest > 0 {
		p.Printf("Each search ended when it found the best, or after %d evaluations. One that did not find it counts as %d.\n", evals, evals+1)
	}
	if t.beaten() {
		p.Printf("A search has found a better value than the best that regret is measured from; to update that one, use -reference.\n")
	}
	p.Printf("\n")
	digits := t.digits()
	header := []string{"method", "seeds", "best: mean ± standard error", "worst seed", "5th percentile", "found the best"}
	if r.untilBest > 0 {
		header = append(header, "evaluations until then: mean ± standard error")
	} else {
		header = append(header, "evaluations until then: median")
	}
	if t.Test != "" {
		header = append(header, "its "+t.Test)
	}
	p.Header(append(header, "regret", "difference to "+r.against, "p, corrected", "failed", "seconds"))
	for _, m := range t.methods {
		row := []string{
			m.name, strconv.Itoa(len(m.values)), m.value.Cell(digits), fmt.Sprintf("%.*f", digits, m.worst),
			fmt.Sprintf("%.*f", digits, m.fifth), report.Percent(m.found),
		}
		if r.untilBest > 0 {
			row = append(row, m.needed.Cell(1))
		} else {
			row = append(row, evaluations(m.until, evals))
		}
		if t.Test != "" {
			row = append(row, testCell(m.test, digits))
		}
		row = append(row, fmt.Sprintf("%.3f", t.regret(m.value.Mean)))
		p.Row(append(append(row, compared(m.against, digits)...), strconv.Itoa(m.failures.Failed), fmt.Sprintf("%.1f", m.seconds)))
	}
}

// describe describes a table on one line.
func (t tableResult) describe(evals int) string {
	source := "The best of the table is"
	if !t.recorded {
		source = "The space cannot be listed; the best value found so far is"
	}
	digits := t.digits()
	rounds := ""
	if t.Batch > 0 {
		rounds = fmt.Sprintf(" in rounds of %d", t.Batch)
	}
	return fmt.Sprintf("Family %s, %d evaluations%s in each search. %s %.*f, the median %.*f.\n", t.Family, evals, rounds, source, digits, t.best, digits, t.median)
}

// digits returns the number of decimals that show differences of a thousandth of the distance from the median to the best.
func (t tableResult) digits() int {
	return min(8, max(0, int(math.Ceil(3.5-math.Log10(t.best-t.median)))))
}

// compared writes the difference of the means to the chosen method and the corrected p-value.
func compared(e *summary.Effect, digits int) []string {
	if e == nil {
		return []string{"–", "–"}
	}
	verb := fmt.Sprintf("%%+.%df", digits)
	return []string{e.Difference.Text(verb), report.Known("%.2g", e.Corrected)}
}

func testCell(e summary.Estimate, digits int) string {
	if e.N == 0 {
		return "–"
	}
	return e.Cell(digits)
}

// evaluations formats a count, which may be infinite.
func evaluations(n float64, evals int) string {
	if math.IsInf(n, 1) {
		return fmt.Sprintf("> %d", evals)
	}
	return fmt.Sprintf("%.0f", n)
}
