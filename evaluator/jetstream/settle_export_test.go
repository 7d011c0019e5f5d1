package jetstream

import "time"

// Settle sets settle, and returns what sets it back.
func Settle(d time.Duration) (back func()) {
	before := settle
	settle = d
	return func() { settle = before }
}
