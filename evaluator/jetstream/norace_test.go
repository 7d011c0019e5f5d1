//go:build !race

package jetstream_test

// raceDetector tells that the race detector is on, which makes long tests too long.
const raceDetector = false
