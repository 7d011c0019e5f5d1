package generator

import "sync"

// pool lends passes out, P being a pass with its memory. Unlike a sync.Pool it forgets none: their memory is what a
// training step would otherwise allocate.
type pool[P any] struct {
	mu   sync.Mutex
	free []*P
}

func (l *pool[P]) get() *P {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.free) == 0 {
		return new(P)
	}
	p := l.free[len(l.free)-1]
	l.free = l.free[:len(l.free)-1]
	return p
}

func (l *pool[P]) put(p *P) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free = append(l.free, p)
}
