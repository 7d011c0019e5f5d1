package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// ends holds the rows that an edge reads, or the gradients of these: of the nodes that it leads
// from and to, and of its class. Each row is a message followed by the logits of its gate.
type ends struct{ tail, head, class reg.GPVirtual }

// ends returns the rows of edge e in two matrices. Rows of the first have the stride ld.
func (f *function) ends(nodes, ld, classes string, e reg.GPVirtual) ends {
	q, stride, r, wide := f.base(nodes), f.stride(ld), f.base(classes), f.GP64()
	f.LEAQ(operand.Mem{Base: f.bytes, Index: f.bytes, Scale: 1}, wide)
	return ends{f.row(q, "from", e, stride), f.row(q, "to", e, stride), f.row(r, "class", e, wide)}
}

// halves returns the offsets of the current columns in the message and in its gate.
func (v *vector) halves() [2]reg.GPVirtual {
	gate := v.GP64()
	v.LEAQ(operand.Mem{Base: v.i, Index: v.bytes, Scale: 1}, gate)
	return [2]reg.GPVirtual{v.i, gate}
}

// before returns an edge's values at an offset, before the activation.
func (v *vector) before(x ends, offset reg.GPVirtual) reg.VecVirtual {
	at := func(row reg.GPVirtual) reg.VecVirtual {
		return v.loadFrom(operand.Mem{Base: row, Index: offset, Scale: 1})
	}
	return v.add(v.sub(at(x.tail), at(x.head)), at(x.class))
}

// emitGated writes the gated sum of messages that have a single layer, and its gradient.
func emitGated(k *kernel) {
	k.both("edgeGate", "(h int, q []float32, ldq int, r []float32, from, to, class, row []int32, sum []float32)",
		"gates messages and adds them to sums.", func(f *function) {
			f.rowBytes(f.arg("h"))
			f.edges("from", func(e reg.GPVirtual) {
				x, target := f.ends("q", "ldq", "r", e), f.row(f.base("sum"), "row", e, f.bytes)
				f.columns(func(v *vector) {
					at := v.halves()
					message, gate := v.relu(v.before(x, at[0])), v.sigmoid(v.before(x, at[1]))
					s := v.load(target)
					v.fma(s, message, gate)
					v.store(s, target)
				})
			})
		})
	k.both("edgeGateGrad", "(h int, q []float32, ldq int, r []float32, from, to, class, row []int32, ds, dq, dr []float32)",
		"computes gated messages again and adds their gradients to those of q and r.", func(f *function) {
			f.rowBytes(f.arg("h"))
			f.edges("from", func(e reg.GPVirtual) {
				x, dx, target := f.ends("q", "ldq", "r", e), f.ends("dq", "ldq", "dr", e), f.row(f.base("ds"), "row", e, f.bytes)
				f.columns(func(v *vector) {
					at := v.halves()
					message, gate := v.relu(v.before(x, at[0])), v.sigmoid(v.before(x, at[1]))
					d := v.mul(v.load(target), gate)
					none := v.register()
					v.zero(none)
					v.addGrad(dx, at[0], v.where(greaterThan, message, none, d))
					v.addGrad(dx, at[1], v.mul(v.mul(d, message), v.sub(v.splat(1), gate)))
				})
			})
		})
}

// addGrad adds the gradient of an edge's values at an offset to those of its rows.
func (v *vector) addGrad(x ends, offset reg.GPVirtual, g reg.Register) {
	add := func(row reg.GPVirtual, sum func(a reg.Register, b any) reg.VecVirtual) {
		m := operand.Mem{Base: row, Index: offset, Scale: 1}
		v.storeTo(sum(v.loadFrom(m), g), m)
	}
	add(x.tail, v.add)
	add(x.head, v.sub)
	add(x.class, v.add)
}
