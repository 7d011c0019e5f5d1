//go:build !linux

package f32

import "testing"

// newArena returns n values. Only Linux guards their end.
func newArena(_ testing.TB, n int) []float32 { return make([]float32, n) }
