package main

import (
	"os"

	"github.com/graphpnas/graphpnas/rl"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// progress is a bar over all seeds' evaluations, drawn on a terminal and nowhere else.
type progress struct {
	container *mpb.Progress
	bar       *mpb.Bar
}

func newProgress(out *os.File, seeds, evals int) *progress {
	if !term.IsTerminal(int(out.Fd())) {
		return &progress{}
	}
	container := mpb.New(mpb.WithOutput(out))
	bar := container.AddBar(int64(seeds*evals),
		mpb.PrependDecorators(decor.CountersNoUnit("%d / %d evaluations")),
		mpb.AppendDecorators(decor.Elapsed(decor.ET_STYLE_GO), decor.Name(" "), decor.AverageETA(decor.ET_STYLE_GO)))
	return &progress{container, bar}
}

// round counts the evaluations of the last round.
func (p *progress) round(h *rl.History) error {
	if p.bar == nil {
		return nil
	}
	last := len(h.Rounds) - 1
	for i := len(h.Evaluations) - 1; i >= 0 && h.Evaluations[i].Round == last; i-- {
		p.bar.Increment()
	}
	return nil
}

func (p *progress) close() {
	if p.bar == nil {
		return
	}
	p.bar.Abort(false)
	p.container.Wait()
}
