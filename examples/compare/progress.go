package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// progress has a line for every search: on a terminal a bar while it runs, and everywhere what it found when it is over.
type progress struct {
	out   io.Writer
	bars  *mpb.Progress // nil: no terminal
	evals int
}

func newProgress(out *os.File, evals int) *progress {
	p := &progress{out: out, evals: evals}
	if term.IsTerminal(int(out.Fd())) {
		p.bars = mpb.New(mpb.WithOutput(out), mpb.WithRefreshRate(200*time.Millisecond))
		p.out = p.bars
	}
	return p
}

// line is that of one search.
type line struct {
	*progress
	name string
	bar  *mpb.Bar
}

func (p *progress) begin(name string) *line {
	l := &line{progress: p, name: name}
	if p.bars != nil {
		l.bar = p.bars.AddBar(int64(p.evals), mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Name(name, decor.WCSyncSpaceR), decor.CountersNoUnit("%d / %d")))
	}
	return l
}

func (l *line) reached(evals int) {
	if l.bar != nil {
		l.bar.SetCurrent(int64(evals))
	}
}

func (l *line) finish(result string) {
	fmt.Fprintf(l.out, "%s: %s\n", l.name, result)
}

// end removes the bar, also of a search that was cut short.
func (l *line) end() {
	if l.bar != nil {
		l.bar.Abort(true)
	}
}

func (p *progress) close() {
	if p.bars != nil {
		p.bars.Wait()
	}
}
