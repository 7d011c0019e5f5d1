package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// emitGRU writes the gated recurrent unit and its gradient.
func emitGRU(k *kernel) {
	k.both("gru", "(nodes, h int, gi, gh []float32, ldgh int, bi, bh, hid, out, rzn, q []float32)",
		"computes the gates and the new state of all nodes.", (*function).gru)
	k.both("gruGrad", "(nodes, h int, dout, hid, rzn, q, dgi, dgh []float32, lddgh int, dhid []float32)",
		"computes the gradients of both products and of the state.", (*function).gruGrad)
}

// gateAt returns the operand of the current columns of a gate, given a row at base with the gates
// side by side.
func (v *vector) gateAt(base reg.Register, gate int) operand.Mem {
	if gate == 0 {
		return v.at(base)
	}
	r := v.GP64()
	v.LEAQ(operand.Mem{Base: v.i, Index: v.bytes, Scale: uint8(gate)}, r)
	return operand.Mem{Base: base, Index: r, Scale: 1}
}

// Positions of the gates.
const reset, update, candidate = 0, 1, 2

func (f *function) gru() {
	gi, gh, bi, bh := f.base("gi"), f.base("gh"), f.base("bi"), f.base("bh")
	hid, out, rzn, q := f.base("hid"), f.base("out"), f.base("rzn"), f.base("q")
	f.SHLQ(operand.U8(2), f.stack("ldgh"))
	f.rowBytes(f.arg("h"))
	f.rows("nodes", func() {
		f.columns(func(v *vector) {
			input := func(gate int) reg.VecVirtual {
				return v.add(v.loadFrom(v.gateAt(gi, gate)), v.loadFrom(v.gateAt(bi, gate)))
			}
			state := func(gate int) reg.VecVirtual {
				return v.add(v.loadFrom(v.gateAt(gh, gate)), v.loadFrom(v.gateAt(bh, gate)))
			}
			r := v.sigmoid(v.add(input(reset), state(reset)))
			z := v.sigmoid(v.add(input(update), state(update)))
			hn := state(candidate)
			v.store(hn, q)
			n := input(candidate)
			v.fma(n, r, hn)
			v.storeTo(r, v.gateAt(rzn, reset))
			v.storeTo(z, v.gateAt(rzn, update))
			n = v.tanh(n)
			v.storeTo(n, v.gateAt(rzn, candidate))
			d := v.sub(v.load(hid), n)
			v.fma(n, z, d)
			v.store(n, out)
		})
		f.ADDQ(f.stack("ldgh"), gh)
		f.advance([]reg.GPVirtual{hid, out, q}, []reg.GPVirtual{gi, rzn})
	})
}

// advance moves pointers to the next row of a matrix of states and of a matrix of gates.
func (f *function) advance(states, gates []reg.GPVirtual) {
	for _, p := range states {
		f.ADDQ(f.bytes, p)
	}
	three := f.GP64()
	f.LEAQ(operand.Mem{Base: f.bytes, Index: f.bytes, Scale: 2}, three)
	for _, p := range gates {
		f.ADDQ(three, p)
	}
}

func (f *function) gruGrad() {
	dout, hid, rzn, q := f.base("dout"), f.base("hid"), f.base("rzn"), f.base("q")
	dgi, dgh, dhid := f.base("dgi"), f.base("dgh"), f.base("dhid")
	f.SHLQ(operand.U8(2), f.stack("lddgh"))
	f.rowBytes(f.arg("h"))
	f.rows("nodes", func() {
		f.columns(func(v *vector) {
			r := v.loadFrom(v.gateAt(rzn, reset))
			z := v.loadFrom(v.gateAt(rzn, update))
			n := v.loadFrom(v.gateAt(rzn, candidate))
			d, one := v.load(dout), v.splat(1)
			through := v.mul(d, z)
			v.store(through, dhid)
			v.VSUBPS(through, d, d) // d*(1-z)

			dz := v.mul(v.sub(v.load(hid), n), z)
			dz = v.mul(dz, d)
			v.storeTo(dz, v.gateAt(dgi, update))
			v.storeTo(dz, v.gateAt(dgh, update))

			square := v.mul(n, n)
			dn := v.mul(d, v.sub(one, square))
			v.storeTo(dn, v.gateAt(dgi, candidate))
			v.storeTo(v.mul(dn, r), v.gateAt(dgh, candidate))

			dr := v.mul(v.mul(dn, v.load(q)), v.mul(r, v.sub(one, r)))
			v.storeTo(dr, v.gateAt(dgi, reset))
			v.storeTo(dr, v.gateAt(dgh, reset))
		})
		f.ADDQ(f.stack("lddgh"), dgh)
		f.advance([]reg.GPVirtual{dout, hid, q, dhid}, []reg.GPVirtual{rzn, dgi})
	})
}
