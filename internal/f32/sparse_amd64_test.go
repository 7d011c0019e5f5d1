//go:build !purego

package f32

import (
	"testing"

	"pgregory.net/rapid"
)

// TestEdgeGemmByLists is TestEdgeGemm with lists, even on a processor on which they do not pay. It
// checks that they are used.
func TestEdgeGemmByLists(t *testing.T) {
	if best() != avx512 {
		t.Skip("lists need AVX-512")
	}
	before := fullWidth
	fullWidth = false
	defer func() { fullWidth = before }()
	rapid.Check(t, testEdgeGemm)

	const edges, k = 70, 128
	rng := newRand()
	g := newGraph(rng, 9, edges)
	q, r := random(rng, g.nodes*k), random(rng, g.classes*k)
	if PanelSpace(edges, k, 64) == 0 || !new(lists).fill(k, q, k, r, k, g.from, g.to, g.class) {
		t.Error("half of the values are zero, but there are no lists")
	}
	for i := range r {
		r[i] += 9
	}
	if new(lists).fill(k, q, k, r, k, g.from, g.to, g.class) {
		t.Error("few values are zero, but there are lists")
	}
}
