// Package progress shows how far a program has come.
//
// On a terminal it draws bars, and the lines that a program writes scroll past above them. Anywhere else, in a file or a
// pipe, only the lines appear.
package progress

import (
	"io"
	"os"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// refresh is how often bars are drawn.
const refresh = 200 * time.Millisecond

// Display shows lines and bars. It is safe for concurrent use.
type Display struct {
	bars *mpb.Progress // nil unless bars are drawn

	mu   sync.Mutex // guards what follows
	out  io.Writer
	open []*Bar
}

// New makes a display. It draws bars if out is an *os.File that is a terminal.
func New(out io.Writer) *Display {
	d := &Display{out: out}
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		d.bars = mpb.New(mpb.WithOutput(f), mpb.WithRefreshRate(refresh))
		d.out = d.bars
	}
	return d
}

// Draws reports whether the display draws bars.
func (d *Display) Draws() bool { return d.bars != nil }

// Write writes whole lines, above the bars if there are any.
func (d *Display) Write(text []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.out.Write(text)
}

// Close ends all bars and waits until they are drawn a last time. What is written afterwards does not appear.
func (d *Display) Close() {
	if d.bars == nil {
		return
	}
	d.mu.Lock()
	open := d.open
	d.open = nil
	d.mu.Unlock()
	for _, b := range open {
		b.End()
	}
	d.bars.Wait()
}

// Options describe a bar.
type Options struct {
	// Name stands before the bar.
	Name string
	// Total is the length of the task.
	Total int
	// Unit is what Total counts. If it is empty, the bar shows a percentage.
	Unit string
	// Times adds how long the task has taken and how much longer it is expected to take.
	Times bool
	// Transient removes the bar when the task has ended. Otherwise it stays.
	Transient bool
	// Below writes lines that are drawn below the bar, if it is not nil.
	Below func(io.Writer) error
}

// Bar shows the progress of a task. It is safe for concurrent use.
type Bar struct {
	bar       *mpb.Bar // nil unless it is drawn
	transient bool
}

// Bar adds a bar for a task.
func (d *Display) Bar(o Options) *Bar {
	if d.bars == nil {
		return &Bar{}
	}
	var options []mpb.BarOption
	var before, after []decor.Decorator
	if o.Name != "" {
		before = append(before, decor.Name(o.Name, decor.WCSyncSpaceR))
	}
	if o.Unit == "" {
		before = append(before, decor.Percentage())
	} else {
		before = append(before, decor.CountersNoUnit("%d / %d "+o.Unit))
	}
	if o.Times {
		after = append(after, decor.Elapsed(decor.ET_STYLE_GO), decor.Name(" "), decor.AverageETA(decor.ET_STYLE_GO))
	}
	if o.Transient {
		options = append(options, mpb.BarRemoveOnComplete())
	}
	if o.Below != nil {
		options = append(options, mpb.BarExtender(mpb.BarFillerFunc(func(w io.Writer, _ decor.Statistics) error { return o.Below(w) }), false))
	}
	options = append(options, mpb.PrependDecorators(before...), mpb.AppendDecorators(after...))
	b := &Bar{bar: d.bars.AddBar(int64(o.Total), options...), transient: o.Transient}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open = append(d.open, b)
	return b
}

// Add adds n to what is done.
func (b *Bar) Add(n int) {
	if b.bar != nil {
		b.bar.IncrBy(n)
	}
}

// Set sets how much is done.
func (b *Bar) Set(n int) {
	if b.bar != nil {
		b.bar.SetCurrent(int64(n))
	}
}

// End ends the task, also before it is done. A second call does nothing.
func (b *Bar) End() {
	if b.bar != nil {
		b.bar.Abort(b.transient)
	}
}
