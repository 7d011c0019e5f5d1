package progress

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"
)

// Options describe a bar.
type Options struct {
	// Name is the label before the bar: what is running, such as "ranked seed 3".
	Name string
	// Total is the length of the task, or 0 if it is not known.
	Total int
	// Unit is what Total counts, such as "evaluations". If it is empty, the bar shows a percentage.
	Unit string
	// Times adds how long the task has taken and about how much longer it will take.
	Times bool
	// Transient removes the bar when the task has ended. Otherwise it stays.
	Transient bool
	// Below writes lines that are drawn below the bar, if it is not nil. It must not call the Display.
	Below func(io.Writer) error
}

// Bar shows the progress of a task. It is safe for concurrent use.
type Bar struct {
	options Options
	display *Display // nil unless the bar is drawn

	// The display's mu guards what follows.
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

// Add adds n to what is done.
func (b *Bar) Add(n int) { b.change(func() { b.reach(b.done + n) }) }

// Set sets how much is done.
func (b *Bar) Set(n int) { b.change(func() { b.reach(n) }) }

// Name changes the label, for a task of several parts.
func (b *Bar) Name(label string) { b.change(func() { b.options.Name = label }) }

// Note shows a few words after the bar, such as the best result so far, in place of those that were there.
func (b *Bar) Note(text string) { b.change(func() { b.note = text }) }

// End ends the task, even if it is not done. A second call does nothing.
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

// reach sets how much is done. The task ends when everything is.
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

// A bar takes the room that is left on its line, within these limits.
const narrowest, widest = 10, 40

// line returns what is drawn, at most width cells wide. What does not fit is left out: first the bar, then the times, then
// the end of the line.
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

// join puts two spaces between texts that are not empty.
func join(texts ...string) string {
	var some []string
	for _, text := range texts {
		if text != "" {
			some = append(some, text)
		}
	}
	return strings.Join(some, "  ")
}

// counter says how much is done.
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

// bar draws a bar of so many cells between its brackets.
func (b *Bar) bar(cells int) string {
	full := int(float64(cells) * float64(b.done) / float64(b.options.Total))
	text := strings.Repeat("=", full)
	if full > 0 && full < cells {
		text = text[1:] + ">"
	}
	return "[" + text + strings.Repeat("-", cells-full) + "]"
}

// times says how long the task has taken, and how much longer it will take if it goes on at the same rate.
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
