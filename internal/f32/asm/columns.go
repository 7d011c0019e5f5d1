package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// emitColumns writes the functions on matrices and vectors with one element for each column. They
// go down the rows and keep the values of a column in registers, because a row of an image's
// channels is often a single vector.
func emitColumns(k *kernel) {
	for _, relu := range []bool{false, true} {
		name, doc := "scaleShift", "computes y[i] = scale*x[i] + shift for all rows i."
		if relu {
			name, doc = "scaleShiftReLU", "computes y[i] = max(0, scale*x[i]+shift) for all rows i."
		}
		k.both(name, "(m, n int, x []float32, ldx int, scale, shift, y []float32, ldy int)", doc, func(f *function) {
			x, y := f.column("x", "ldx"), f.column("y", "ldy")
			scale, shift := f.base("scale"), f.base("shift")
			f.rowBytes(f.arg("n"))
			f.columns(func(v *vector) {
				a, b := v.load(scale), v.load(shift)
				f.down(func() {
					r := v.register()
					f.VMOVAPS(b, r)
					v.fma(r, v.loadFrom(x.row()), a)
					if relu {
						r = v.relu(r)
					}
					v.storeTo(r, y.row())
				}, x, y)
			})
		})
	}
	k.both("addTaps", "(m, n, k int, x []float32, ldx, step int, w, y []float32, ldy int)",
		"computes y[i] += Σ_t w[t]*x[i][t*step:] for all rows i.", (*function).addTaps)
	k.both("moments", "(m, n int, x []float32, ldx int, center, sum, square []float32)",
		"computes sum += x[i] - center and square += (x[i] - center)² for all rows i.", func(f *function) {
			x := f.column("x", "ldx")
			center, sum, square := f.base("center"), f.base("sum"), f.base("square")
			f.rowBytes(f.arg("n"))
			f.columns(func(v *vector) {
				c, s, q := v.load(center), v.load(sum), v.load(square)
				f.down(func() {
					d := v.sub(v.loadFrom(x.row()), c)
					f.VADDPS(d, s, s)
					v.fma(q, d, d)
				}, x)
				v.store(s, sum)
				v.store(q, square)
			})
		})
	k.both("sumProducts", "(m, n int, x []float32, ldx int, center, y []float32, ldy int, dst []float32)",
		"computes dst += (x[i] - center)*y[i] for all rows i.", func(f *function) {
			x, y := f.column("x", "ldx"), f.column("y", "ldy")
			center, dst := f.base("center"), f.base("dst")
			f.rowBytes(f.arg("n"))
			f.columns(func(v *vector) {
				c, s := v.load(center), v.load(dst)
				f.down(func() { v.fma(s, v.sub(v.loadFrom(x.row()), c), v.loadFrom(y.row())) }, x, y)
				v.store(s, dst)
			})
		})
}

// addTaps processes all taps of one row before the next, so that each row of y is read and written
// once.
func (f *function) addTaps() {
	x, y := f.column("x", "ldx"), f.column("y", "ldy")
	f.SHLQ(operand.U8(2), f.stack("step"))
	w := f.base("w")
	n := f.arg("n")
	width := f.GP64()
	f.MOVQ(n, width)
	f.SHLQ(operand.U8(2), width)
	f.rowBytes(n)
	f.columns(func(v *vector) {
		f.down(func() {
			sum := v.loadFrom(y.row())
			tap, weight, count := f.GP64(), f.GP64(), f.arg("k")
			f.MOVQ(x.at, tap)
			f.MOVQ(w, weight)
			loop := f.label("tap")
			f.here(loop)
			v.fma(sum, v.loadFrom(operand.Mem{Base: tap}), v.load(weight))
			f.ADDQ(f.stack("step"), tap)
			f.ADDQ(width, weight)
			f.DECQ(count)
			f.JNE(loop)
			v.storeTo(sum, y.row())
		}, x, y)
	})
}

// column goes down the rows of a matrix.
type column struct {
	matrix, stride string // arguments; the stride is converted to bytes in place
	at             reg.GPVirtual
}

// column prepares to process the rows of a matrix.
func (f *function) column(matrix, stride string) *column {
	f.SHLQ(operand.U8(2), f.stack(stride))
	return &column{matrix: matrix, stride: stride, at: f.GP64()}
}

// row is the operand of the current row and columns.
func (c *column) row() operand.Mem { return operand.Mem{Base: c.at} }

// down emits body for each of the m rows, with the current columns of the matrices.
func (f *function) down(body func(), matrices ...*column) {
	for _, c := range matrices {
		f.MOVQ(f.addressOf(c.matrix), c.at)
		f.ADDQ(f.i, c.at)
	}
	rows, loop := f.arg("m"), f.label("row")
	f.here(loop)
	body()
	for _, c := range matrices {
		f.ADDQ(f.stack(c.stride), c.at)
	}
	f.DECQ(rows)
	f.JNE(loop)
}
