package jetstream

import "time"

// Settle sets settle, and returns a function that restores it.
func Settle(d time.Duration) (back func()) {
	before := settle
	settle = d
	return func() { settle = before }
}
