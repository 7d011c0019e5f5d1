package progress

import (
	"bytes"
	"fmt"
	"io"

	"github.com/mattn/go-runewidth"
)

// screen draws lines at the bottom of a terminal, again and again in the same place.
//
// Between two drawings the cursor stays at the first cell of the first line. When a terminal becomes narrower, it wraps the
// lines that have become too long, and everything below moves down, but the cursor stays with its cell: what is drawn next
// begins where the last drawing began, in however many rows that now lies. A cursor that waits below the lines, as most
// programs leave it, would have to go up by a number of rows that only the terminal knows. And as a terminal may have become
// narrower without saying so yet, what is drawn does not wrap.
type screen struct {
	out  io.Writer
	size func() (width, height int, err error)
	rows int // of the last drawing
}

// Escape sequences: those of ECMA-48, and the DEC private mode of wrapping.
const (
	eraseLine  = "\x1b[K" // to its end
	eraseBelow = "\x1b[J" // from the cursor to the end of the screen
	cursorUp   = "\x1b[%dA"
	wrapOff    = "\x1b[?7l" // what does not fit is lost
	wrapOn     = "\x1b[?7h"
)

// draw draws lines over the last ones. The function is told how wide they may be, and longer lines are cut off. Lines that
// are too many for the terminal are left out.
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

// clear erases the last drawing. It erases the first row by itself: if that is the first of the terminal, some terminals take
// eraseBelow for the wish to clear the screen, and keep what was on it in their history.
func (s *screen) clear() { s.write(fmt.Appendf(nil, "\r"+eraseLine+"\n"+eraseBelow+cursorUp, 1)) }

// leave puts the cursor on a line of its own below the last drawing, which stays.
func (s *screen) leave() {
	text := "\r"
	for range s.rows {
		text += "\n" // moves down, and scrolls at the bottom
	}
	s.rows = 0
	s.write([]byte(text))
}

// write writes to the terminal. If that has gone away, there is nobody to tell.
func (s *screen) write(text []byte) { _, _ = s.out.Write(text) }
