package main

import "github.com/mmcloughlin/avo/reg"

// emitVector writes the functions on one or two vectors.
func emitVector(k *kernel) {
	k.both("add", "(dst, a, b []float32)", "computes dst = a + b.", func(f *function) {
		dst, a, b := f.base("dst"), f.base("a"), f.base("b")
		f.rowBytes(f.length("dst"))
		f.columns(func(v *vector) { v.store(v.add(v.load(a), v.load(b)), dst) })
	})
	k.both("maximum", "(dst, a, b []float32)", "computes dst = max(a, b).", func(f *function) {
		dst, a, b := f.base("dst"), f.base("a"), f.base("b")
		f.rowBytes(f.length("dst"))
		f.columns(func(v *vector) { v.store(v.larger(v.load(a), v.load(b)), dst) })
	})
	k.both("takeEqual", "(x, y, rest, dst []float32)", "moves rest to dst where x = y.", func(f *function) {
		x, y, rest, dst := f.base("x"), f.base("y"), f.base("rest"), f.base("dst")
		f.rowBytes(f.length("x"))
		f.columns(func(v *vector) {
			left := v.load(rest)
			taken := v.where(equal, v.load(x), v.load(y), left)
			v.store(v.sub(left, taken), rest)
			v.store(v.add(v.load(dst), taken), dst)
		})
	})
	k.both("axpy", "(alpha float32, x, y []float32)", "computes y += alpha*x.", func(f *function) {
		x, y, alpha := f.base("x"), f.base("y"), f.scalar("alpha")
		f.rowBytes(f.length("x"))
		f.columns(func(v *vector) {
			sum := v.load(y)
			v.fma(sum, v.load(x), v.view(alpha))
			v.store(sum, y)
		})
	})
	k.both("scale", "(alpha float32, x []float32)", "computes x *= alpha.", func(f *function) {
		x, alpha := f.base("x"), f.scalar("alpha")
		f.rowBytes(f.length("x"))
		f.columns(func(v *vector) { v.store(v.mul(v.load(x), v.view(alpha)), x) })
	})
	k.both("dot", "(x, y []float32) float32", "returns the inner product of x and y.", func(f *function) {
		x, y := f.base("x"), f.base("y")
		f.reduce(f.length("x"), func(v *vector, disp int, acc reg.Register) {
			v.fma(acc, v.loadFrom(v.at(x).Offset(disp)), v.loadFrom(v.at(y).Offset(disp)))
		})
	})
	k.both("sum", "(x []float32) float32", "returns the sum of x.", func(f *function) {
		x := f.base("x")
		f.reduce(f.length("x"), func(v *vector, disp int, acc reg.Register) {
			v.VADDPS(v.loadFrom(v.at(x).Offset(disp)), acc, acc)
		})
	})
}

// scalar broadcasts an argument to the widest vector.
func (f *function) scalar(name string) reg.VecVirtual {
	v := &vector{function: f, lanes: f.laneBytes() / 4}
	r := v.register()
	f.VBROADCASTSS(f.stack(name), r)
	return r
}

// emitActivation writes the elementwise functions.
func emitActivation(k *kernel) {
	for _, a := range []struct {
		name, doc string
		value     func(v *vector, x reg.Register) reg.VecVirtual
	}{
		{"relu", "computes dst = max(0, x).", (*vector).relu},
		{"exp", "computes dst = e^x.", func(v *vector, x reg.Register) reg.VecVirtual { return v.exp(x, false) }},
		{"sigmoid", "computes dst = 1/(1+e^-x).", (*vector).sigmoid},
		{"tanh", "computes dst = tanh(x).", (*vector).tanh},
	} {
		k.both(a.name, "(dst, x []float32)", a.doc, func(f *function) {
			dst, x := f.base("dst"), f.base("x")
			f.rowBytes(f.length("dst"))
			f.columns(func(v *vector) { v.store(a.value(v, v.load(x)), dst) })
		})
	}
	k.both("reluGrad", "(dx, dy, y []float32)", "computes dx = dy where y > 0 and 0 elsewhere.", func(f *function) {
		dx, dy, y := f.base("dx"), f.base("dy"), f.base("y")
		f.rowBytes(f.length("dx"))
		f.columns(func(v *vector) {
			none := v.register()
			v.zero(none)
			v.store(v.where(greaterThan, v.load(y), none, v.load(dy)), dx)
		})
	})
}
