package main

import "github.com/mmcloughlin/avo/reg"

// emitGate writes the gated sum of the messages.
func emitGate(k *kernel) {
	k.both("gateSum", "(h int, msg, msgBias, att, attBias []float32, to []int32, sum []float32)",
		"adds the biases, gates the messages and sums them up.", func(f *function) {
			msg, msgBias, att, attBias, sum := f.base("msg"), f.base("msgBias"), f.base("att"), f.base("attBias"), f.base("sum")
			f.rowBytes(f.arg("h"))
			f.edges("to", func(e reg.GPVirtual) {
				head := f.row(sum, "to", e, f.bytes)
				f.columns(func(v *vector) {
					gate := v.sigmoid(v.add(v.load(att), v.load(attBias)))
					v.store(gate, att)
					m := v.add(v.load(msg), v.load(msgBias))
					v.store(m, msg)
					s := v.load(head)
					v.fma(s, m, gate)
					v.store(s, head)
				})
				f.ADDQ(f.bytes, msg)
				f.ADDQ(f.bytes, att)
			})
		})
	k.both("gateSumGrad", "(h int, ds, msg, att []float32, to []int32, dmsg, datt []float32)",
		"computes the gradients of the messages and of the logits.", func(f *function) {
			ds, msg, att, dmsg, datt := f.base("ds"), f.base("msg"), f.base("att"), f.base("dmsg"), f.base("datt")
			f.rowBytes(f.arg("h"))
			f.edges("to", func(e reg.GPVirtual) {
				head := f.row(ds, "to", e, f.bytes)
				f.columns(func(v *vector) {
					gate, m := v.load(att), v.load(msg)
					d := v.mul(v.load(head), gate)
					v.store(d, dmsg)
					v.store(v.mul(v.mul(d, m), v.sub(v.splat(1), gate)), datt)
				})
				for _, r := range []reg.GPVirtual{msg, att, dmsg, datt} {
					f.ADDQ(f.bytes, r)
				}
			})
		})
}
