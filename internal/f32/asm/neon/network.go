package neon

// emitAdam writes the step of the optimizer.
func emitAdam(o *file) {
	o.function("adam", "(p, m, v []float32, gs [][]float32, gscale, beta1, beta2, stepSize, sqrtC2, eps float32)",
		"takes a step of Adam.", (*function).adam)
}

func (f *function) adam() {
	p, m, v := f.base("p"), f.base("m"), f.base("v")
	f.rowBytes(f.length("p"))
	gs, count := f.base("gs"), f.length("gs")
	gscale, beta1, beta2 := f.scalar("gscale"), f.scalar("beta1"), f.scalar("beta2")
	step, eps := f.scalar("stepSize"), f.scalar("eps")
	wide := &vector{function: f, lanes: 4}
	rest1 := wide.sub(wide.splat(1), beta1)
	rest2 := wide.sub(wide.splat(1), beta2)
	invC2 := wide.div(wide.splat(1), f.scalar("sqrtC2"))

	f.columns(func(x *vector) {
		g := x.mul(x.sumOf(gs, count), gscale)
		mean := x.mul(x.load(m), beta1)
		x.fma(mean, g, rest1)
		x.store(mean, m)
		square := x.mul(x.load(v), beta2)
		x.fma(square, x.mul(g, rest2), g)
		x.store(square, v)
		root := x.add(x.mul(x.two(fsqrt, square), invC2), eps)
		x.store(x.sub(x.load(p), x.div(x.mul(mean, step), root)), p)
	})
}

// sumOf returns the sum of the current columns of count slices, at least one. Their headers are at
// first.
func (v *vector) sumOf(first, count general) vec {
	header, data, left := v.general(), v.general(), v.general()
	next, done := v.label("gradient"), v.label("summed")
	v.instruction("MOVD (%v), %v", first, data)
	sum := v.load(data)
	v.instruction("MOVD %v, %v", first, header)
	v.instruction("SUBS $1, %v, %v", count, left)
	v.instruction("BEQ %s", done)
	v.here(next)
	v.instruction("MOVD.W 24(%v), %v", header, data) // the size of a slice
	v.into(sum, fadd, sum, v.load(data))
	v.instruction("SUBS $1, %v", left)
	v.instruction("BNE %s", next)
	v.here(done)
	return sum
}

// edges emits body for each element e of a list, which must not be empty.
func (f *function) edges(list string, body func(e general)) {
	e, n := f.general(), f.length(list)
	f.instruction("MOVD $0, %v", e)
	loop := f.label("edge")
	f.here(loop)
	f.within(func() { body(e) })
	f.instruction("ADD $1, %v", e)
	f.instruction("CMP %v, %v", n, e)
	f.instruction("BLT %s", loop)
}

// row returns base + list[e]*stride, where list is a slice of int32.
func (f *function) row(base, list, e, stride general) general {
	r := f.general()
	f.instruction("MOVW (%v)(%v<<2), %v", list, e, r)
	f.instruction("MADD %v, %v, %v, %v", stride, base, r, r)
	return r
}

// emitEdge writes the first layer of the message function.
func emitEdge(o *file) {
	o.function("edgeReLU", "(w int, q []float32, ldq int, r []float32, ldr int, from, to, class []int32, dst []float32)",
		"computes dst[e] = max(0, q[from[e]] - q[to[e]] + r[class[e]]).", func(f *function) {
			q, ldq, r, ldr, dst := f.base("q"), f.stride("ldq"), f.base("r"), f.stride("ldr"), f.base("dst")
			from, to, class := f.base("from"), f.base("to"), f.base("class")
			f.rowBytes(f.arg("w"))
			f.edges("from", func(e general) {
				tail, head, label := f.row(q, from, e, ldq), f.row(q, to, e, ldq), f.row(r, class, e, ldr)
				f.columns(func(v *vector) {
					d := v.sub(v.load(tail), v.load(head))
					v.store(v.relu(v.add(d, v.load(label))), dst)
				})
				f.advance(f.bytes, dst)
			})
		})
	o.function("edgeReLUGrad", "(w int, d, act []float32, from, to, class []int32, dq []float32, lddq int, dr []float32)",
		"masks d and adds it to the gradients of q and r.", func(f *function) {
			d, act, dq, lddq, dr := f.base("d"), f.base("act"), f.base("dq"), f.stride("lddq"), f.base("dr")
			from, to, class := f.base("from"), f.base("to"), f.base("class")
			f.rowBytes(f.arg("w"))
			f.edges("from", func(e general) {
				tail, head, label := f.row(dq, from, e, lddq), f.row(dq, to, e, lddq), f.row(dr, class, e, f.bytes)
				f.columns(func(v *vector) {
					g := v.three(bic, v.load(d), v.two(zero, v.load(act)))
					v.store(g, d)
					v.store(v.add(v.load(tail), g), tail)
					v.store(v.sub(v.load(head), g), head)
					v.store(v.add(v.load(label), g), label)
				})
				f.advance(f.bytes, d, act)
			})
		})
}

// emitGate writes the gated sum of the messages.
func emitGate(o *file) {
	o.function("gateSum", "(h int, msg, msgBias, att, attBias []float32, to []int32, sum []float32)",
		"adds the biases, gates the messages and sums them up.", func(f *function) {
			msg, msgBias, att, attBias := f.base("msg"), f.base("msgBias"), f.base("att"), f.base("attBias")
			to, sum := f.base("to"), f.base("sum")
			f.rowBytes(f.arg("h"))
			f.edges("to", func(e general) {
				head := f.row(sum, to, e, f.bytes)
				f.columns(func(v *vector) {
					gate := v.sigmoid(v.add(v.load(att), v.load(attBias)))
					v.store(gate, att)
					m := v.add(v.load(msg), v.load(msgBias))
					v.store(m, msg)
					s := v.load(head)
					v.fma(s, m, gate)
					v.store(s, head)
				})
				f.advance(f.bytes, msg, att)
			})
		})
	o.function("gateSumGrad", "(h int, ds, msg, att []float32, to []int32, dmsg, datt []float32)",
		"computes the gradients of the messages and of the logits.", func(f *function) {
			ds, msg, att, dmsg, datt, to := f.base("ds"), f.base("msg"), f.base("att"), f.base("dmsg"), f.base("datt"), f.base("to")
			f.rowBytes(f.arg("h"))
			f.edges("to", func(e general) {
				head := f.row(ds, to, e, f.bytes)
				f.columns(func(v *vector) {
					gate, m := v.load(att), v.load(msg)
					d := v.mul(v.load(head), gate)
					v.store(d, dmsg)
					v.store(v.mul(v.mul(d, m), v.sub(v.splat(1), gate)), datt)
				})
				f.advance(f.bytes, msg, att, dmsg, datt)
			})
		})
}

// ends holds the rows that an edge reads, or the gradients of these: of the nodes that it leads
// from and to, and of its class. Each row is a message followed by the logits of its gate.
type ends struct{ tail, head, class general }

// emitGated writes the gated sum of messages that have a single layer, and its gradient.
func emitGated(o *file) {
	o.function("edgeGate", "(h int, q []float32, ldq int, r []float32, from, to, class, row []int32, sum []float32)",
		"gates messages and adds them to sums.", func(f *function) {
			f.gated([][2]string{{"q", "r"}}, "sum", func(v *vector, rows []ends, target, second general) {
				message, gate := v.gatedMessage(rows[0], second)
				s := v.load(target)
				v.fma(s, message, gate)
				v.store(s, target)
			})
		})
	o.function("edgeGateGrad", "(h int, q []float32, ldq int, r []float32, from, to, class, row []int32, ds, dq, dr []float32)",
		"computes gated messages again and adds their gradients to those of q and r.", func(f *function) {
			f.gated([][2]string{{"q", "r"}, {"dq", "dr"}}, "ds", func(v *vector, rows []ends, target, second general) {
				message, gate := v.gatedMessage(rows[0], second)
				d := v.mul(v.load(target), gate)
				v.addGrad(rows[1], v.i, v.and(d, v.two(positive, message)))
				v.addGrad(rows[1], second, v.mul(v.mul(d, message), v.sub(v.splat(1), gate)))
			})
		})
}

// gated emits body for all columns of each edge, with the edge's rows in pairs of matrices and its
// row in another one. In body, second is the offset of the gate's columns.
func (f *function) gated(matrices [][2]string, target string, body func(v *vector, rows []ends, target, second general)) {
	ldq, to := f.stride("ldq"), f.base(target)
	var bases [][2]general
	for _, m := range matrices {
		bases = append(bases, [2]general{f.base(m[0]), f.base(m[1])})
	}
	f.rowBytes(f.arg("h"))
	wide := f.general()
	f.instruction("ADD %v, %v, %v", f.bytes, f.bytes, wide)
	f.edges("from", func(e general) {
		var rows []ends
		for _, b := range bases {
			rows = append(rows, ends{f.rowOf(b[0], "from", e, ldq), f.rowOf(b[0], "to", e, ldq), f.rowOf(b[1], "class", e, wide)})
		}
		target := f.rowOf(to, "row", e, f.bytes)
		f.columns(func(v *vector) {
			second := f.general()
			f.instruction("ADD %v, %v, %v", f.bytes, f.i, second)
			body(v, rows, target, second)
		})
	})
}

// rowOf is row for a list whose address is not in a register.
func (f *function) rowOf(base general, list string, e, stride general) general {
	r := f.base(list)
	f.instruction("MOVW (%v)(%v<<2), %v", r, e, r)
	f.instruction("MADD %v, %v, %v, %v", stride, base, r, r)
	return r
}

// gatedMessage returns the current columns of an edge's message and gate.
func (v *vector) gatedMessage(x ends, second general) (message, gate vec) {
	before := func(offset general) vec {
		return v.add(v.sub(v.loadAt(x.tail, offset), v.loadAt(x.head, offset)), v.loadAt(x.class, offset))
	}
	return v.scope(func() vec { return v.relu(before(v.i)) }), v.scope(func() vec { return v.sigmoid(before(second)) })
}

// addGrad adds the gradient of an edge's values at an offset to those of its rows.
func (v *vector) addGrad(x ends, offset general, g vec) {
	v.storeAt(v.add(v.loadAt(x.tail, offset), g), x.tail, offset)
	v.storeAt(v.sub(v.loadAt(x.head, offset), g), x.head, offset)
	v.storeAt(v.add(v.loadAt(x.class, offset), g), x.class, offset)
}

// The positions of the gates.
const reset, update, candidate = 0, 1, 2

// emitGRU writes the gated recurrent unit and its gradient.
func emitGRU(o *file) {
	o.function("gru", "(nodes, h int, gi, gh []float32, ldgh int, bi, bh, hid, out, rzn, q []float32)",
		"computes the gates and the new state of all nodes.", (*function).gru)
	o.function("gruGrad", "(nodes, h int, dout, hid, rzn, q, dgi, dgh []float32, lddgh int, dhid []float32)",
		"computes the gradients of both products and of the state.", (*function).gruGrad)
}

// gates holds the offsets of the gates in a row that contains them side by side, for the current
// columns.
type gates [3]general

func (f *function) gates() gates {
	second, third := f.general(), f.general()
	f.instruction("ADD %v, %v, %v", f.bytes, f.i, second)
	f.instruction("ADD %v, %v, %v", f.bytes, second, third)
	return gates{f.i, second, third}
}

func (f *function) gru() {
	gi, gh, bi, bh := f.base("gi"), f.base("gh"), f.base("bi"), f.base("bh")
	hid, out, rzn, q := f.base("hid"), f.base("out"), f.base("rzn"), f.base("q")
	ldgh := f.stride("ldgh")
	f.rowBytes(f.arg("h"))
	three := f.times3(f.bytes)
	f.count(f.arg("nodes"), func() {
		f.columns(func(v *vector) {
			at := f.gates()
			sum := func(row, bias general, gate int) vec {
				return v.scope(func() vec { return v.add(v.loadAt(row, at[gate]), v.loadAt(bias, at[gate])) })
			}
			gate := func(gate int) vec {
				return v.scope(func() vec { return v.sigmoid(v.add(sum(gi, bi, gate), sum(gh, bh, gate))) })
			}
			r, z := gate(reset), gate(update)
			hn := sum(gh, bh, candidate)
			v.store(hn, q)
			n := sum(gi, bi, candidate)
			v.fma(n, r, hn)
			v.storeAt(r, rzn, at[reset])
			v.storeAt(z, rzn, at[update])
			n = v.tanh(n)
			v.storeAt(n, rzn, at[candidate])
			d := v.sub(v.load(hid), n)
			v.fma(n, z, d)
			v.store(n, out)
		})
		f.advance(ldgh, gh)
		f.advance(f.bytes, hid, out, q)
		f.advance(three, gi, rzn)
	})
}

// times3 returns three times a length.
func (f *function) times3(length general) general {
	r := f.general()
	f.instruction("ADD %v<<1, %v, %v", length, length, r)
	return r
}

func (f *function) gruGrad() {
	dout, hid, rzn, q := f.base("dout"), f.base("hid"), f.base("rzn"), f.base("q")
	dgi, dgh, dhid, lddgh := f.base("dgi"), f.base("dgh"), f.base("dhid"), f.stride("lddgh")
	f.rowBytes(f.arg("h"))
	three := f.times3(f.bytes)
	f.count(f.arg("nodes"), func() {
		f.columns(func(v *vector) {
			at := f.gates()
			both := func(x vec, gate int) {
				v.storeAt(x, dgi, at[gate])
				v.storeAt(x, dgh, at[gate])
			}
			r, z, n := v.loadAt(rzn, at[reset]), v.loadAt(rzn, at[update]), v.loadAt(rzn, at[candidate])
			d, one := v.load(dout), v.splat(1)
			through := v.mul(d, z)
			d = v.sub(d, through) // d*(1-z)
			state, kept := v.load(hid), v.load(q)
			v.store(through, dhid)
			both(v.mul(v.mul(v.sub(state, n), z), d), update)

			dn := v.mul(d, v.sub(one, v.mul(n, n)))
			v.storeAt(dn, dgi, at[candidate])
			v.storeAt(v.mul(dn, r), dgh, at[candidate])
			both(v.mul(v.mul(dn, kept), v.mul(r, v.sub(one, r))), reset)
		})
		f.advance(lddgh, dgh)
		f.advance(f.bytes, dout, hid, q, dhid)
		f.advance(three, rzn, dgi)
	})
}
