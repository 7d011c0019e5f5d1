package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// row returns base + list[e]*stride, where list is a slice of int32.
func (f *function) row(base reg.Register, list string, e, stride reg.GPVirtual) reg.GPVirtual {
	r := f.GP64()
	f.MOVQ(f.addressOf(list), r)
	f.MOVLQSX(operand.Mem{Base: r, Index: e, Scale: 4}, r)
	f.IMULQ(stride, r)
	f.ADDQ(base, r)
	return r
}

// edges emits body for each element e of a list, which must not be empty.
func (f *function) edges(list string, body func(e reg.GPVirtual)) {
	e := f.GP64()
	f.XORQ(e, e)
	loop := f.label("edge")
	f.here(loop)
	body(e)
	f.INCQ(e)
	n, err := f.Param(list).Len().Resolve()
	if err != nil {
		panic(err)
	}
	f.CMPQ(e, n.Addr)
	f.JLT(loop)
}

// emitEdge writes the first layer of the message function.
func emitEdge(k *kernel) {
	k.both("edgeReLU", "(w int, q []float32, ldq int, r []float32, ldr int, from, to, class []int32, dst []float32)",
		"computes dst[e] = max(0, q[from[e]] - q[to[e]] + r[class[e]]).", func(f *function) {
			q, ldq, r, ldr, dst := f.base("q"), f.stride("ldq"), f.base("r"), f.stride("ldr"), f.base("dst")
			f.rowBytes(f.arg("w"))
			f.edges("from", func(e reg.GPVirtual) {
				tail := f.row(q, "from", e, ldq)
				head := f.row(q, "to", e, ldq)
				class := f.row(r, "class", e, ldr)
				f.columns(func(v *vector) {
					d := v.sub(v.load(tail), v.load(head))
					v.store(v.relu(v.add(d, v.load(class))), dst)
				})
				f.ADDQ(f.bytes, dst)
			})
		})
	k.both("edgeReLUGrad", "(w int, d, act []float32, from, to, class []int32, dq []float32, lddq int, dr []float32)",
		"masks d and adds it to the gradients of q and r.", func(f *function) {
			d, act, dq, lddq, dr := f.base("d"), f.base("act"), f.base("dq"), f.stride("lddq"), f.base("dr")
			f.rowBytes(f.arg("w"))
			f.edges("from", func(e reg.GPVirtual) {
				tail := f.row(dq, "from", e, lddq)
				head := f.row(dq, "to", e, lddq)
				class := f.row(dr, "class", e, f.bytes)
				f.columns(func(v *vector) {
					none := v.register()
					v.zero(none)
					g := v.where(notEqual, v.load(act), none, v.load(d))
					v.store(g, d)
					v.store(v.add(v.load(tail), g), tail)
					v.store(v.sub(v.load(head), g), head)
					v.store(v.add(v.load(class), g), class)
				})
				f.ADDQ(f.bytes, d)
				f.ADDQ(f.bytes, act)
			})
		})
}
