package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
)

func (c comparison) writeTables(dir string) error {
	return errors.Join(
		write(filepath.Join(dir, "compare.md"), c.markdown),
		write(filepath.Join(dir, "compare.csv"), c.csv),
	)
}

func write(path string, content func(io.Writer) error) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return content(f)
}

// markdown writes a table of what the methods found, and one of how they compare with the paper's.
func (c comparison) markdown(w io.Writer) error {
	p := printer{w: w}
	p.printf("%d evaluations a search, seeds from %d. The best %s of the table is %.3f.\n\n",
		c.evals, c.seed, c.valid, c.best)
	p.printf("| method | seeds | best %s: mean ± standard error | deviation | its %s | deviation | find the best | "+
		"reach %.3f | evaluations until then | seconds |\n", c.valid, c.options.test, c.reach)
	p.printf("|---|---|---|---|---|---|---|---|---|---|\n")
	for _, s := range c.summaries {
		p.printf("| %s | %d | %.3f ± %.3f | %.3f | %.3f ± %.3f | %.3f | %.0f %% | %.0f %% | %s | %.1f |\n",
			s.name, len(s.runs), s.valid.mean, s.valid.err, s.valid.deviation, s.test.mean, s.test.err, s.test.deviation,
			100*s.hits, 100*s.reached, c.evaluations(s.until), s.seconds)
	}
	if c.comparable() {
		p.printf("\n| against %s | difference of means | beats it | p (Mann-Whitney) |\n|---|---|---|---|\n", paper)
		for _, s := range c.summaries {
			if s.name != paper {
				p.printf("| %s | %s | %s | %.2g |\n", s.name,
					s.against.difference.format("%+.3f"), s.against.superior.format("%.2f"), s.against.p)
			}
		}
		p.printf("\nIn brackets 95 %% bootstrap intervals. \"Beats it\" is the probability that one seed finds better than one\n"+
			"seed of %s does, a tie counting half.\n", paper)
	}
	return p.err
}

// comparable tells whether the paper's method is there, and another.
func (c comparison) comparable() bool {
	for _, s := range c.summaries {
		if s.name == paper {
			return len(c.summaries) > 1
		}
	}
	return false
}

func (i interval) format(verb string) string {
	return fmt.Sprintf(verb+" ["+verb+", "+verb+"]", i.value, i.low, i.high)
}

// evaluations is a count, or says that there were too few.
func (c comparison) evaluations(n float64) string {
	if math.IsInf(n, 1) {
		return fmt.Sprintf("> %d", c.evals)
	}
	return fmt.Sprintf("%.0f", n)
}

// printer keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// csv writes a row for each method, unrounded. A median of evaluations that was not reached is left empty.
func (c comparison) csv(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{{
		"method", "seeds", "valid_mean", "valid_sd", "valid_se", "test_mean", "test_sd", "test_se", "hit_best", "reached",
		"evals_until_reached", "seconds", "difference", "difference_low", "difference_high", "superiority",
		"superiority_low", "superiority_high", "mann_whitney_p",
	}}
	for _, s := range c.summaries {
		row := []string{s.name, strconv.Itoa(len(s.runs))}
		for _, v := range []float64{
			s.valid.mean, s.valid.deviation, s.valid.err, s.test.mean, s.test.deviation, s.test.err, s.hits, s.reached,
			s.until, s.seconds,
		} {
			row = append(row, number(v))
		}
		d, a := s.against.difference, s.against.superior
		for _, v := range []float64{d.value, d.low, d.high, a.value, a.low, a.high, s.against.p} {
			if !c.comparable() {
				v = math.Inf(1)
			}
			row = append(row, number(v))
		}
		rows = append(rows, row)
	}
	return out.WriteAll(rows)
}

func number(v float64) string {
	if math.IsInf(v, 1) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
