//go:build race

package store

// raceDetector tells that the race detector is on, which makes long tests too long.
const raceDetector = true
