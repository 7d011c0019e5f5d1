//go:build !purego

package f32

import (
	"testing"

	"pgregory.net/rapid"
)

// TestLists repeats the tests of products with lists, even on a processor on which they do not pay.
// It checks that they are used.
func TestLists(t *testing.T) {
	if best() != avx512 {
		t.Skip("lists need AVX-512")
	}
	before := fullWidth
	fullWidth = false
	defer func() { fullWidth = before }()
	rapid.Check(t, testEdgeGemm)
	rapid.Check(t, testGemmSparse)

	const rows, k = 70, 128
	if PanelSpace(rows, k, 64) == 0 {
		t.Fatal("no lists")
	}
	x, s := random(newRand(), rows*k), new(lists)
	pay := func() bool {
		s.reserve(rows, k)
		rowLists(k, x, k, s.values, s.columns, s.counts)
		return s.pay()
	}
	if pay() {
		t.Error("no value is zero, but there are lists")
	}
	ReLU(x, x)
	if !pay() {
		t.Error("half of the values are zero, but there are no lists")
	}
}
