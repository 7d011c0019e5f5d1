package command

import (
	"bytes"
	"strings"
	"sync"
)

// mostTail is the number of bytes that a tail keeps.
const mostTail = 4 << 10

// tail keeps the last bytes written to it. It is safe for concurrent use.
type tail struct {
	mu  sync.Mutex
	end []byte
}

// Write never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := p[max(0, len(p)-mostTail):]
	kept := t.end[max(0, len(t.end)+len(last)-mostTail):]
	t.end = append(append(t.end[:0], kept...), last...)
	return len(p), nil
}

func (t *tail) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end = t.end[:0]
}

// text returns the last bytes as valid UTF-8, with surrounding space trimmed.
func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(strings.ToValidUTF8(string(t.end), "�"))
}

// mostUnended is the number of bytes that an unended keeps.
const mostUnended = 120

// unended keeps the beginning of the last line, as long as the line has no newline. It is safe for concurrent use.
type unended struct {
	mu      sync.Mutex
	line    []byte
	written bool // whether anything was ever written
}

// Write never fails.
func (u *unended) Write(p []byte) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.written = u.written || len(p) > 0
	rest := p
	if i := bytes.LastIndexAny(p, "\r\n"); i >= 0 {
		u.line, rest = u.line[:0], p[i+1:]
	}
	u.line = append(u.line, rest[:min(len(rest), mostUnended-len(u.line))]...)
	return len(p), nil
}

// text returns the line as valid UTF-8, and reports whether anything was ever written.
func (u *unended) text() (line string, written bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return strings.ToValidUTF8(string(u.line), "�"), u.written
}
