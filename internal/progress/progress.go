// Package progress shows the progress of a program.
//
// On a terminal, it draws a line with a bar for each task and redraws it in place. Lines that the
// program writes scroll above the bars. Elsewhere, such as in a file or a pipe, only the program's
// lines appear.
//
// The terminal may be resized at any time; see the type screen.
package progress

import (
	"bytes"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// refresh is the interval between drawings.
const refresh = 200 * time.Millisecond

// Display shows lines and bars. It is safe for concurrent use.
type Display struct {
	screen *screen // nil if bars are not drawn

	mu    sync.Mutex // guards the following fields
	out   io.Writer
	bars  []*Bar
	stop  chan struct{} // stops drawing; nil until the first bar
	drawn sync.WaitGroup
}

// New returns a display. It draws bars if out is an *os.File that is a terminal.
func New(out io.Writer) *Display {
	d := &Display{out: out}
	f, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || os.Getenv("TERM") == "dumb" || !understandsEscapes(f) {
		return d
	}
	d.screen = &screen{out: f, size: func() (int, int, error) { return term.GetSize(int(f.Fd())) }}
	return d
}

// Draws reports whether the display draws bars.
func (d *Display) Draws() bool { return d.screen != nil }

// Write writes whole lines, above the bars if there are any.
func (d *Display) Write(text []byte) (int, error) { return d.above(d.out, text) }

// Above returns a writer of whole lines to out, for a program that writes results to standard
// output while the display draws on standard error. If both are the same terminal, the lines appear
// above the bars.
func (d *Display) Above(out io.Writer) io.Writer { return above{d, out} }

type above struct {
	*Display
	out io.Writer
}

func (a above) Write(text []byte) (int, error) { return a.above(a.out, text) }

// above writes lines in place of the bars and draws the bars below them again.
func (d *Display) above(out io.Writer, text []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stop == nil {
		return out.Write(text)
	}
	d.screen.clear()
	defer d.draw()
	return out.Write(text)
}

// Close ends all bars and draws those that stay one last time. Lines may still be written
// afterwards.
func (d *Display) Close() {
	d.mu.Lock()
	stop := d.stop
	d.stop = nil
	if stop != nil {
		for _, b := range d.bars {
			b.finish(time.Now())
		}
		d.draw()
		d.screen.leave()
	}
	d.bars = nil
	d.mu.Unlock()
	if stop != nil {
		close(stop)
		d.drawn.Wait()
	}
}

// begin redraws the bars periodically until stop is closed. The caller must hold mu.
func (d *Display) begin() {
	stop := make(chan struct{})
	d.stop = stop
	d.drawn.Go(func() {
		ticker := time.NewTicker(refresh)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				d.mu.Lock()
				if d.stop == stop {
					d.draw()
				}
				d.mu.Unlock()
			case <-stop:
				return
			}
		}
	})
}

// draw draws the bars. The caller must hold mu.
func (d *Display) draw() {
	d.bars = slices.DeleteFunc(d.bars, func(b *Bar) bool { return b.ended && b.options.Transient })
	now := time.Now()
	d.screen.draw(func(width int) []string {
		var lines []string
		for _, b := range d.bars {
			lines = append(lines, b.line(now, width))
			if b.options.Below == nil {
				continue
			}
			var below bytes.Buffer
			_ = b.options.Below(&below) // show what it wrote before the error
			for line := range strings.Lines(below.String()) {
				lines = append(lines, strings.TrimRight(line, "\r\n"))
			}
		}
		return lines
	})
}
