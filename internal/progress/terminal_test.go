package progress

import (
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// terminal is a terminal that rewraps its lines when its width changes, as most do. It has
// unlimited rows.
type terminal struct {
	mu         sync.Mutex
	width      int
	says       int // width reported to programs, which may be outdated
	unwrapped  bool
	rows       []row
	y, x       int
	unexpected []string // escape sequences that it does not understand
}

// row is a row of the screen. If it is full and the text continues, it wraps to the next row.
type row struct {
	cells []rune
	wraps bool
}

func newTerminal(width int) *terminal {
	return &terminal{width: width, says: width, rows: make([]row, 1)}
}

func (t *terminal) size() (width, height int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.says, 24, nil
}

func (t *terminal) Write(text []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for rest := []rune(string(text)); len(rest) > 0; {
		n := 1
		switch c := rest[0]; c {
		case '\r':
			t.x = 0
		case '\n': // the driver converts it to \r\n
			t.x = 0
			t.down()
		case '\x1b':
			n = t.escape(string(rest))
		default:
			t.put(c)
		}
		rest = rest[n:]
	}
	return len(text), nil
}

func (t *terminal) down() {
	if t.y++; t.y == len(t.rows) {
		t.rows = append(t.rows, row{})
	}
}

func (t *terminal) put(c rune) {
	if t.x == t.width && t.unwrapped {
		t.x--
	}
	if t.x == t.width {
		t.rows[t.y].wraps = true
		t.x = 0
		t.down()
	}
	r := &t.rows[t.y]
	for len(r.cells) <= t.x {
		r.cells = append(r.cells, ' ')
	}
	r.cells[t.x] = c
	t.x++
}

// escape executes an escape sequence and returns its length.
func (t *terminal) escape(text string) int {
	end := strings.IndexFunc(text, unicode.IsLetter) + 1
	sequence := text[:end]
	r := &t.rows[t.y]
	switch n, err := strconv.Atoi(strings.TrimPrefix(sequence[:end-1], "\x1b[")); {
	case sequence == eraseLine, sequence == eraseBelow:
		r.cells = r.cells[:min(t.x, len(r.cells))]
		r.wraps = false
		if sequence == eraseBelow {
			t.rows = t.rows[:t.y+1]
		}
	case sequence == wrapOff, sequence == wrapOn:
		t.unwrapped = sequence == wrapOff
	case err == nil && sequence[end-1] == 'A':
		t.y = max(0, t.y-n)
	default:
		t.unexpected = append(t.unexpected, sequence)
	}
	return len([]rune(sequence))
}

// tell reports the width to programs.
func (t *terminal) tell() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.says = t.width
}

// resize rewraps all lines. The cursor stays with its cell. Programs are not notified.
func (t *terminal) resize(width int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var rows []row
	y, x := 0, 0
	for first := 0; first < len(t.rows); {
		var line []rune
		cursor := -1 // position in this line
		last := first
		for ; ; last++ {
			if last == t.y {
				cursor = len(line) + t.x
			}
			line = append(line, t.rows[last].cells...)
			if !t.rows[last].wraps {
				break
			}
		}
		first = last + 1
		if cursor >= 0 {
			y, x = len(rows)+cursor/width, cursor%width
		}
		for len(line) > width {
			rows = append(rows, row{line[:width:width], true})
			line = line[width:]
		}
		rows = append(rows, row{line, false})
	}
	for len(rows) <= y {
		rows = append(rows, row{})
	}
	t.width, t.rows, t.y, t.x = width, rows, y, x
}

// lines returns the lines on the screen, with wrapped ones joined and without empty ones at the
// end.
func (t *terminal) lines() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := []string{""}
	for _, r := range t.rows {
		lines[len(lines)-1] += string(r.cells)
		if !r.wraps {
			lines = append(lines, "")
		}
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}
