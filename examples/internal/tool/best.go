package tool

import (
	"sync"

	"github.com/graphpnas/graphpnas/internal/progress"
)

// Best counts evaluations on a progress bar and shows the best value so far beside it. It is safe for concurrent use.
type Best struct {
	*progress.Bar

	mu    sync.Mutex // guards the fields below
	found bool
	value float64
}

// NewBest returns a Best that has seen nothing yet.
func NewBest(bar *progress.Bar) *Best { return &Best{Bar: bar} }

// Count counts an evaluation and reports whether it succeeded with a value higher than all earlier ones. If so, it shows the
// note.
func (b *Best) Count(ok bool, value float64, note string) bool {
	b.mu.Lock()
	better := ok && (!b.found || value > b.value)
	if better {
		b.found, b.value = true, value
		b.Note(note)
	}
	b.mu.Unlock()
	b.Add(1)
	return better
}
