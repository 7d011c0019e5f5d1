//go:build !linux

package f32

import "testing"

// newArena returns n values. Their end is only guarded on Linux.
func newArena(_ testing.TB, n int) []float32 { return make([]float32, n) }
