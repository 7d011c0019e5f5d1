package progress

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"
)

// Options configures a bar.
type Options struct {
	// Name is the label before the bar, which says what is running, such as "ranked seed 3".
	Name string
	// Total is the length of the task, or 0 if it is not known.
	Total int
	// Unit is the unit of Total, such as "evaluations". If it is empty, the bar shows a percentage.
	Unit string
	// Times adds the elapsed time and an estimate of the remaining time.
	Times bool
	// Transient removes the bar when the task has ended. Otherwise, it stays.
	Transient bool
	// Below, if not nil, writes lines that are drawn below the bar. It must not call the Display.
	Below func(io.Writer) error
}

// Bar shows the progress of a task. It is safe for concurrent use.
type Bar struct {
	options Options
	display *Display // nil if the bar is not drawn

	// The following fields are guarded by the display's mu.
	done       int
	note       string
	begun, end time.Time
	ended      bool
}

// Bar adds a bar for a task that begins now.
func (d *Display) Bar(o Options) *Bar {
	if d.screen == nil {
		return &Bar{}
	}
	b := &Bar{options: o, display: d, begun: time.Now()}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.bars = append(d.bars, b)
	if d.stop == nil {
		d.begin()
	}
	return b
}

// Add adds n to the amount done.
func (b *Bar) Add(n int) { b.change(func() { b.reach(b.done + n) }) }

// Set sets the amount done.
func (b *Bar) Set(n int) { b.change(func() { b.reach(n) }) }

// Name changes the label, for a task with several parts.
func (b *Bar) Name(label string) { b.change(func() { b.options.Name = label }) }

// Note shows a short text after the bar, such as the best result so far, instead of the previous
// one.
func (b *Bar) Note(text string) { b.change(func() { b.note = text }) }

// End ends the task, even if it is not done. Further calls have no effect.
func (b *Bar) End() { b.change(func() { b.finish(time.Now()) }) }

// change changes what is shown, until the task has ended.
func (b *Bar) change(change func()) {
	if b.display == nil {
		return
	}
	b.display.mu.Lock()
	defer b.display.mu.Unlock()
	if !b.ended {
		change()
	}
}

// reach sets the amount done. The task ends when everything is done.
func (b *Bar) reach(n int) {
	b.done = max(n, 0)
	if total := b.options.Total; total > 0 && b.done >= total {
		b.done = total
		b.finish(time.Now())
	}
}

func (b *Bar) finish(now time.Time) {
	if !b.ended {
		b.ended, b.end = true, now
	}
}

// A bar uses the remaining space of its line within these limits.
const narrowest, widest = 10, 40

// line returns the line to draw, at most width cells wide. If it does not fit, line omits first the
// bar, then the times, and then the end of the line.
func (b *Bar) line(now time.Time, width int) string {
	before := join(b.options.Name, b.counter())
	times := b.times(now)
	room := width - runewidth.StringWidth(join(before, "[]", b.note, times))
	if room >= narrowest && b.options.Total > 0 {
		return join(before, b.bar(min(room, widest)), b.note, times)
	}
	line := join(before, b.note, times)
	if runewidth.StringWidth(line) > width {
		line = join(before, b.note)
	}
	return line
}

// join joins the texts that are not empty with two spaces.
func join(texts ...string) string {
	var some []string
	for _, text := range texts {
		if text != "" {
			some = append(some, text)
		}
	}
	return strings.Join(some, "  ")
}

// counter returns the amount done as text.
func (b *Bar) counter() string {
	done, total := b.done, b.options.Total
	switch {
	case b.options.Unit == "" && total <= 0:
		return ""
	case b.options.Unit == "":
		return fmt.Sprintf("%3d %%", int(100*float64(done)/float64(total)))
	case total <= 0:
		return fmt.Sprintf("%d %s", done, b.options.Unit)
	}
	return fmt.Sprintf("%d / %d %s", done, total, b.options.Unit)
}

// bar returns a bar with the given number of cells between its brackets.
func (b *Bar) bar(cells int) string {
	full := int(float64(cells) * float64(b.done) / float64(b.options.Total))
	text := strings.Repeat("=", full)
	if full > 0 && full < cells {
		text = text[1:] + ">"
	}
	return "[" + text + strings.Repeat("-", cells-full) + "]"
}

// times returns the elapsed time, and the remaining time at the same rate, as text.
func (b *Bar) times(now time.Time) string {
	if !b.options.Times {
		return ""
	}
	if b.ended {
		now = b.end
	}
	taken := now.Sub(b.begun)
	text := taken.Round(time.Second).String()
	if left := b.options.Total - b.done; !b.ended && b.done > 0 && left > 0 {
		rest := time.Duration(float64(taken) / float64(b.done) * float64(left))
		text += ", about " + max(time.Second, rest.Round(time.Second)).String() + " left"
	}
	return text
}
