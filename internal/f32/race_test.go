//go:build race

package f32

// raceEnabled thins out the exhaustive tests, whose references are slow under
// the race detector.
const raceEnabled = true
