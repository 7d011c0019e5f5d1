package neon

// emitVector writes the functions on one or two vectors.
func emitVector(o *file) {
	o.function("add", "(dst, a, b []float32)", "computes dst = a + b.", func(f *function) {
		dst, a, b := f.base("dst"), f.base("a"), f.base("b")
		f.rowBytes(f.length("dst"))
		f.columns(func(v *vector) { v.store(v.add(v.load(a), v.load(b)), dst) })
	})
	o.function("maximum", "(dst, a, b []float32)", "computes dst = max(a, b).", func(f *function) {
		dst, a, b := f.base("dst"), f.base("a"), f.base("b")
		f.rowBytes(f.length("dst"))
		f.columns(func(v *vector) { v.store(v.larger(v.load(a), v.load(b)), dst) })
	})
	o.function("takeEqual", "(x, y, rest, dst []float32)", "moves rest to dst where x = y.", func(f *function) {
		x, y, rest, dst := f.base("x"), f.base("y"), f.base("rest"), f.base("dst")
		f.rowBytes(f.length("x"))
		f.columns(func(v *vector) {
			left := v.load(rest)
			taken := v.and(v.three(fcmeq, v.load(x), v.load(y)), left)
			v.store(v.sub(left, taken), rest)
			v.store(v.add(v.load(dst), taken), dst)
		})
	})
	o.function("axpy", "(alpha float32, x, y []float32)", "computes y += alpha*x.", func(f *function) {
		x, y, alpha := f.base("x"), f.base("y"), f.scalar("alpha")
		f.rowBytes(f.length("x"))
		f.columns(func(v *vector) {
			sum := v.load(y)
			v.fma(sum, v.load(x), alpha)
			v.store(sum, y)
		})
	})
	o.function("scale", "(alpha float32, x []float32)", "computes x *= alpha.", func(f *function) {
		x, alpha := f.base("x"), f.scalar("alpha")
		f.rowBytes(f.length("x"))
		f.columns(func(v *vector) { v.store(v.mul(v.load(x), alpha), x) })
	})
	o.function("dot", "(x, y []float32) float32", "returns the inner product of x and y.", func(f *function) {
		x, y := f.base("x"), f.base("y")
		f.reduce(f.length("x"), func(v *vector, acc vec) { v.fma(acc, v.load(x), v.load(y)) })
	})
	o.function("sum", "(x []float32) float32", "returns the sum of x.", func(f *function) {
		x := f.base("x")
		f.reduce(f.length("x"), func(v *vector, acc vec) { v.into(acc, fadd, acc, v.load(x)) })
	})
}

// emitActivation writes the elementwise functions.
func emitActivation(o *file) {
	for _, a := range []struct {
		name, doc string
		value     func(v *vector, x vec) vec
	}{
		{"relu", "computes dst = max(0, x).", (*vector).relu},
		{"exp", "computes dst = e^x.", func(v *vector, x vec) vec { return v.exp(x, false) }},
		{"sigmoid", "computes dst = 1/(1+e^-x).", (*vector).sigmoid},
		{"tanh", "computes dst = tanh(x).", (*vector).tanh},
	} {
		o.function(a.name, "(dst, x []float32)", a.doc, func(f *function) {
			dst, x := f.base("dst"), f.base("x")
			f.rowBytes(f.length("dst"))
			f.columns(func(v *vector) { v.store(a.value(v, v.load(x)), dst) })
		})
	}
	o.function("reluGrad", "(dx, dy, y []float32)", "computes dx = dy where y > 0 and 0 elsewhere.", func(f *function) {
		dx, dy, y := f.base("dx"), f.base("dy"), f.base("y")
		f.rowBytes(f.length("dx"))
		f.columns(func(v *vector) { v.store(v.and(v.two(positive, v.load(y)), v.load(dy)), dx) })
	})
}

// emitBias writes the functions on a matrix and a vector with one element for each column.
func emitBias(o *file) {
	for _, relu := range []bool{false, true} {
		name, doc := "addBias", "computes x[i] += bias for all rows i."
		if relu {
			name, doc = "addBiasReLU", "computes x[i] = max(0, x[i]+bias) for all rows i."
		}
		o.function(name, "(m, n int, x []float32, ldx int, bias []float32)", doc, func(f *function) {
			x, ldx, bias := f.base("x"), f.stride("ldx"), f.base("bias")
			f.rowBytes(f.arg("n"))
			f.count(f.arg("m"), func() {
				f.columns(func(v *vector) {
					sum := v.add(v.load(x), v.load(bias))
					if relu {
						sum = v.relu(sum)
					}
					v.store(sum, x)
				})
				f.advance(ldx, x)
			})
		})
	}
	o.function("sumRows", "(m, n int, x []float32, ldx int, dst []float32)", "computes dst += x[i] for all rows i.", (*function).sumRows)
}

// sumRows adds four vectors of columns at a time, while that many are left: they fill a cache line,
// and four additions hide their latency.
func (f *function) sumRows() {
	m, x, ldx, dst := f.arg("m"), f.base("x"), f.stride("ldx"), f.base("dst")
	f.rowBytes(f.arg("n"))
	f.instruction("MOVD $0, %v", f.i)
	f.blocks(4, func() {
		target, row, rows := f.general(), f.general(), f.general()
		f.instruction("ADD %v, %v, %v", f.i, dst, target)
		var acc, next [4]vec
		for j := range acc {
			acc[j], next[j] = f.register(), f.register()
			f.instruction("FMOVQ %d(%v), %s", 16*j, target, acc[j].float())
		}
		f.instruction("ADD %v, %v, %v", f.i, x, row)
		f.instruction("MOVD %v, %v", m, rows)
		f.count(rows, func() {
			for j := range acc {
				f.instruction("FMOVQ %d(%v), %s", 16*j, row, next[j].float())
				f.into(acc[j], fadd, next[j], acc[j])
			}
			f.advance(ldx, row)
		})
		for j := range acc {
			f.instruction("FMOVQ %s, %d(%v)", acc[j].float(), 16*j, target)
		}
	})
	body := func(lanes int) func() {
		return func() {
			v := &vector{function: f, lanes: lanes}
			acc := v.load(dst)
			f.down(m, []*column{{matrix: x, stride: ldx}}, func(rows []general) { v.into(acc, fadd, v.loadFrom(rows[0]), acc) })
			v.store(acc, dst)
		}
	}
	f.blocks(1, body(4))
	f.rest(body(1))
}

// emitColumns writes the functions on matrices and vectors with one element for each column. They
// go down the rows and keep the values of a column in registers.
func emitColumns(o *file) {
	for _, relu := range []bool{false, true} {
		name, doc := "scaleShift", "computes y[i] = scale*x[i] + shift for all rows i."
		if relu {
			name, doc = "scaleShiftReLU", "computes y[i] = max(0, scale*x[i]+shift) for all rows i."
		}
		o.function(name, "(m, n int, x []float32, ldx int, scale, shift, y []float32, ldy int)", doc, func(f *function) {
			m, x, y, scale, shift := f.arg("m"), f.column("x", "ldx"), f.column("y", "ldy"), f.base("scale"), f.base("shift")
			f.rowBytes(f.arg("n"))
			f.columns(func(v *vector) {
				a, b := v.load(scale), v.load(shift)
				f.down(m, []*column{x, y}, func(rows []general) {
					r := v.or(b, b)
					v.fma(r, v.loadFrom(rows[0]), a)
					if relu {
						r = v.relu(r)
					}
					v.storeTo(r, rows[1])
				})
			})
		})
	}
	o.function("addTaps", "(m, n, k int, x []float32, ldx, step int, w, y []float32, ldy int)",
		"computes y[i] += Σ_t w[t]*x[i][t*step:] for all rows i.", (*function).addTaps)
	o.function("moments", "(m, n int, x []float32, ldx int, center, sum, square []float32)",
		"computes sum += x[i] - center and square += (x[i] - center)² for all rows i.", func(f *function) {
			m, x := f.arg("m"), f.column("x", "ldx")
			center, sum, square := f.base("center"), f.base("sum"), f.base("square")
			f.rowBytes(f.arg("n"))
			f.columns(func(v *vector) {
				c, s, q := v.load(center), v.load(sum), v.load(square)
				f.down(m, []*column{x}, func(rows []general) {
					d := v.sub(v.loadFrom(rows[0]), c)
					v.into(s, fadd, s, d)
					v.fma(q, d, d)
				})
				v.store(s, sum)
				v.store(q, square)
			})
		})
	o.function("sumProducts", "(m, n int, x []float32, ldx int, center, y []float32, ldy int, dst []float32)",
		"computes dst += (x[i] - center)*y[i] for all rows i.", func(f *function) {
			m, x, y := f.arg("m"), f.column("x", "ldx"), f.column("y", "ldy")
			center, dst := f.base("center"), f.base("dst")
			f.rowBytes(f.arg("n"))
			f.columns(func(v *vector) {
				c, s := v.load(center), v.load(dst)
				f.down(m, []*column{x, y}, func(rows []general) {
					v.fma(s, v.sub(v.loadFrom(rows[0]), c), v.loadFrom(rows[1]))
				})
				v.store(s, dst)
			})
		})
}

// addTaps processes all taps of a row before the next row, so that it reads and writes a row of y
// once.
func (f *function) addTaps() {
	m, k, step := f.arg("m"), f.arg("k"), f.stride("step")
	x, y, w := f.column("x", "ldx"), f.column("y", "ldy"), f.base("w")
	f.rowBytes(f.arg("n"))
	f.columns(func(v *vector) {
		f.down(m, []*column{x, y}, func(rows []general) {
			sum := v.loadFrom(rows[1])
			tap, weight, taps := f.general(), f.general(), f.general()
			f.instruction("MOVD %v, %v", rows[0], tap)
			f.instruction("ADD %v, %v, %v", f.i, w, weight)
			f.instruction("MOVD %v, %v", k, taps)
			f.count(taps, func() {
				v.fma(sum, v.loadFrom(tap), v.loadFrom(weight))
				f.advance(step, tap)
				f.advance(f.bytes, weight)
			})
			v.storeTo(sum, rows[1])
		})
	})
}

// column is the part of a matrix that a kernel goes down.
type column struct{ matrix, stride general }

func (f *function) column(matrix, stride string) *column {
	return &column{matrix: f.base(matrix), stride: f.stride(stride)}
}

// down emits body for each of m rows, with the addresses of the current columns of the matrices.
func (f *function) down(m general, matrices []*column, body func(rows []general)) {
	f.within(func() {
		rows, left := make([]general, len(matrices)), f.general()
		for j, c := range matrices {
			rows[j] = f.general()
			f.instruction("ADD %v, %v, %v", f.i, c.matrix, rows[j])
		}
		f.instruction("MOVD %v, %v", m, left)
		f.count(left, func() {
			body(rows)
			for j, c := range matrices {
				f.advance(c.stride, rows[j])
			}
		})
	})
}
