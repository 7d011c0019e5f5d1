package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// emitBias writes the functions on a matrix and a vector with one element for each column.
func emitBias(k *kernel) {
	for _, relu := range []bool{false, true} {
		name, doc := "addBias", "computes x[i] += bias for all rows i."
		if relu {
			name, doc = "addBiasReLU", "computes x[i] = max(0, x[i]+bias) for all rows i."
		}
		k.both(name, "(m, n int, x []float32, ldx int, bias []float32)", doc, func(f *function) {
			x, ldx, bias := f.base("x"), f.stride("ldx"), f.base("bias")
			f.rowBytes(f.arg("n"))
			f.rows("m", func() {
				f.columns(func(v *vector) {
					sum := v.add(v.load(x), v.load(bias))
					if relu {
						sum = v.relu(sum)
					}
					v.store(sum, x)
				})
				f.ADDQ(ldx, x)
			})
		})
	}
	k.both("sumRows", "(m, n int, x []float32, ldx int, dst []float32)", "computes dst += x[i] for all rows i.", (*function).sumRows)
}

// sumRows processes four vectors of columns at a time as long as there are that many. This uses
// whole cache lines of each row and hides the latency of the additions.
func (f *function) sumRows() {
	const count = 4
	size := f.laneBytes()
	x, ldx, dst := f.base("x"), f.stride("ldx"), f.base("dst")
	f.rowBytes(f.arg("n"))
	loop, rest := f.label("block"), f.label("rest")
	f.here(loop)
	f.CMPQ(f.bytes, operand.I32(int32(count*size)))
	f.JLT(rest)
	f.XORQ(f.i, f.i)
	v := &vector{function: f, lanes: size / 4}
	f.sumColumns(v, count, x, ldx, dst)
	f.ADDQ(operand.I32(int32(count*size)), x)
	f.ADDQ(operand.I32(int32(count*size)), dst)
	f.SUBQ(operand.I32(int32(count*size)), f.bytes)
	f.SUBQ(operand.I32(int32(count*size)), f.whole)
	f.JMP(loop)
	f.here(rest)
	f.columns(func(v *vector) { f.sumColumns(v, 1, x, ldx, dst) })
}

// sumColumns adds all rows of the next count vectors to dst.
func (f *function) sumColumns(v *vector, count int, x, ldx, dst reg.GPVirtual) {
	acc := make([]reg.VecVirtual, count)
	for j := range acc {
		acc[j] = v.loadFrom(v.at(dst).Offset(4 * v.lanes * j))
	}
	row, rows := f.GP64(), f.arg("m")
	f.MOVQ(x, row)
	next := f.label("row")
	f.here(next)
	for j, r := range acc {
		v.VADDPS(v.loadFrom(v.at(row).Offset(4*v.lanes*j)), r, r)
	}
	f.ADDQ(ldx, row)
	f.DECQ(rows)
	f.JNE(next)
	for j, r := range acc {
		v.storeTo(r, v.at(dst).Offset(4*v.lanes*j))
	}
}
