package command

import (
	"strings"
	"sync"
)

// mostTail is how much of standard error is kept.
const mostTail = 4 << 10

// tail keeps the end of what is written to it. It is safe for concurrent use.
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

// text returns the end as valid text without space around.
func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(strings.ToValidUTF8(string(t.end), "�"))
}
