package progress

import (
	"bytes"
	"fmt"
	"io"

	"github.com/mattn/go-runewidth"
)

// screen draws lines at the bottom of a terminal, repeatedly in the same place.
//
// Between two drawings, the cursor stays at the first cell of the first line. When a terminal
// becomes narrower, it wraps lines that have become too long, and everything below moves down, but
// the cursor stays with its cell. The next drawing therefore starts where the last one started,
// regardless of the number of rows that it now occupies. If the cursor were below the lines, as in
// most programs, it would have to move up by a number of rows that only the terminal knows. A
// terminal may also have become narrower without reporting it yet, so wrapping is switched off
// while drawing.
type screen struct {
	out  io.Writer
	size func() (width, height int, err error)
	rows int // number of rows of the last drawing
}

// Escape sequences of ECMA-48, and the DEC private mode of wrapping.
const (
	eraseLine  = "\x1b[K" // from the cursor to the end of the line
	eraseBelow = "\x1b[J" // from the cursor to the end of the screen
	cursorUp   = "\x1b[%dA"
	wrapOff    = "\x1b[?7l" // drop what does not fit
	wrapOn     = "\x1b[?7h"
)

// draw draws lines over the previous ones. The function lines receives the maximum width; longer
// lines are cut off. If there are too many lines for the terminal, the last ones are omitted.
func (s *screen) draw(lines func(width int) []string) {
	width, height, err := s.size()
	if err != nil || width < 2 || height < 2 {
		width, height = 80, 24
	}
	width-- // a character in the last cell may already wrap
	shown := lines(width)
	shown = shown[:min(len(shown), height-1)]
	var text bytes.Buffer
	text.WriteString("\r" + wrapOff)
	for i, line := range shown {
		if i > 0 {
			text.WriteString("\r\n")
		}
		text.WriteString(runewidth.Truncate(line, width, "…"))
		text.WriteString(eraseLine)
	}
	text.WriteString(eraseBelow + wrapOn + "\r")
	if len(shown) > 1 {
		fmt.Fprintf(&text, cursorUp, len(shown)-1)
	}
	s.rows = len(shown)
	s.write(text.Bytes())
}

// clear erases the last drawing. It erases the first row separately: if that is the first row of
// the terminal, some terminals take eraseBelow for a request to clear the screen and save its
// contents in their history.
func (s *screen) clear() { s.write(fmt.Appendf(nil, "\r"+eraseLine+"\n"+eraseBelow+cursorUp, 1)) }

// leave moves the cursor to its own line below the last drawing, which stays.
func (s *screen) leave() {
	text := "\r"
	for range s.rows {
		text += "\n" // move down, or scroll at the bottom
	}
	s.rows = 0
	s.write([]byte(text))
}

// write writes to the terminal. Errors are ignored, because there is no other place to report them.
func (s *screen) write(text []byte) { _, _ = s.out.Write(text) }
