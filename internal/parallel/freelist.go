package parallel

import "sync"

// FreeList keeps values of type T for reuse, such as the memory of forward passes. The zero
// FreeList is empty. Unlike a sync.Pool, it never drops a value. It is safe for concurrent use.
type FreeList[T any] struct {
	mu   sync.Mutex
	free []*T
}

// Get removes a value from the list and returns it, or returns a new zero value if the list is
// empty.
func (l *FreeList[T]) Get() *T {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.free) == 0 {
		return new(T)
	}
	x := l.free[len(l.free)-1]
	l.free = l.free[:len(l.free)-1]
	return x
}

// Put adds a value to the list.
func (l *FreeList[T]) Put(x *T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free = append(l.free, x)
}
