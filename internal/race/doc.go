// Package race tells tests whether the race detector is on, which makes those too long that compute much on one goroutine
// and have nothing for it to find.
package race
