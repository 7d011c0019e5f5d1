package report

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/graphpnas/graphpnas/internal/summary"
)

// Printer writes Markdown. It keeps the first error, which Err returns, and writes nothing after it.
type Printer struct {
	w   io.Writer
	err error
}

// NewPrinter returns a Printer that writes to w.
func NewPrinter(w io.Writer) *Printer { return &Printer{w: w} }

// Err returns the first error of writing.
func (p *Printer) Err() error { return p.err }

// Printf writes text.
func (p *Printer) Printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// Row writes a row of a table.
func (p *Printer) Row(cells []string) { p.Printf("| %s |\n", strings.Join(cells, " | ")) }

// Header writes the first two lines of a table.
func (p *Printer) Header(cells []string) {
	p.Row(cells)
	p.Printf("|%s\n", strings.Repeat("---|", len(cells)))
}

// Known formats a number, or writes a dash if it is unknown.
func Known(verb string, n summary.Number) string {
	if !n.Known() {
		return "–"
	}
	return fmt.Sprintf(verb, n)
}

// Percent formats a share.
func Percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

// Numbers formats numbers for CSV, in the fewest digits that identify them. Those that are unknown or infinite are empty.
func Numbers(values ...float64) []string {
	cells := make([]string, len(values))
	for i, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			cells[i] = strconv.FormatFloat(v, 'g', -1, 64)
		}
	}
	return cells
}

// Estimate formats the mean of an estimate, its deviation and its standard error for CSV.
func Estimate(e summary.Estimate) []string {
	return Numbers(e.Mean, float64(e.Deviation), float64(e.StdErr))
}
