//go:build race

package oracle_test

// raceDetector tells that the race detector is on, which makes long tests too long.
const raceDetector = true
