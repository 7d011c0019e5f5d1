package main

import (
	"fmt"
	"io"
	"os"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// progress tells step by step what is done: in words, and on a terminal with a bar where it is known how long a step is.
type progress struct {
	out  io.Writer
	bars *mpb.Progress // nil: no terminal
	bar  *mpb.Bar      // of the step under way, nil: none
}

func newProgress(out *os.File) *progress {
	if !term.IsTerminal(int(out.Fd())) {
		return &progress{out: out}
	}
	bars := mpb.New(mpb.WithOutput(out))
	return &progress{out: bars, bars: bars}
}

// say begins a step of unknown length.
func (p *progress) say(step string) {
	p.end()
	fmt.Fprintln(p.out, step)
}

// begin begins a step of a length.
func (p *progress) begin(step string, length int64) {
	p.say(step)
	if p.bars == nil {
		return
	}
	p.bar = p.bars.AddBar(length, mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Percentage()),
		mpb.AppendDecorators(decor.Elapsed(decor.ET_STYLE_GO), decor.Name(" "), decor.AverageETA(decor.ET_STYLE_GO)))
}

// reached tells how far the step is.
func (p *progress) reached(length int64) {
	if p.bar != nil {
		p.bar.SetCurrent(length)
	}
}

// end removes the bar, also of a step that was cut short.
func (p *progress) end() {
	if p.bar != nil {
		p.bar.Abort(true)
		p.bar = nil
	}
}

func (p *progress) close() {
	p.end()
	if p.bars != nil {
		p.bars.Wait()
	}
}
