package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// emitAdam writes the step of the optimizer.
func emitAdam(k *kernel) {
	k.both("adam", "(p, m, v []float32, gs [][]float32, gscale, beta1, beta2, stepSize, sqrtC2, eps float32)",
		"takes a step of Adam.", (*function).adam)
}

func (f *function) adam() {
	p, m, v := f.base("p"), f.base("m"), f.base("v")
	f.rowBytes(f.length("p"))
	gs, end := f.base("gs"), f.length("gs")
	f.IMUL3Q(operand.U8(24), end, end) // the size of a slice
	f.ADDQ(gs, end)
	gscale, beta1, beta2 := f.scalar("gscale"), f.scalar("beta1"), f.scalar("beta2")
	step, eps := f.scalar("stepSize"), f.scalar("eps")
	wide := &vector{function: f, lanes: f.laneBytes() / 4}
	rest1 := wide.sub(wide.splat(1), beta1)
	rest2 := wide.sub(wide.splat(1), beta2)
	invC2 := wide.div(wide.splat(1), f.scalar("sqrtC2"))

	f.columns(func(x *vector) {
		g := x.mul(x.sumOf(gs, end), x.view(gscale))
		mean := x.mul(x.load(m), x.view(beta1))
		x.fma(mean, g, x.view(rest1))
		x.store(mean, m)
		square := x.mul(x.load(v), x.view(beta2))
		x.fma(square, x.mul(g, x.view(rest2)), g)
		x.store(square, v)
		root := x.register()
		x.VSQRTPS(square, root)
		root = x.add(x.mul(root, x.view(invC2)), x.view(eps))
		x.store(x.sub(x.load(p), x.div(x.mul(mean, x.view(step)), root)), p)
	})
}

// sumOf returns the sum of the current columns of all slices whose headers are between first and
// end. There must be at least one.
func (v *vector) sumOf(first, end reg.GPVirtual) reg.VecVirtual {
	header, data := v.GP64(), v.GP64()
	next, done := v.label("gradient"), v.label("summed")
	v.MOVQ(operand.Mem{Base: first}, data)
	sum := v.load(data)
	v.LEAQ(operand.Mem{Base: first, Disp: 24}, header)
	v.CMPQ(header, end)
	v.JEQ(done)
	v.here(next)
	v.MOVQ(operand.Mem{Base: header}, data)
	v.VADDPS(v.load(data), sum, sum)
	v.ADDQ(operand.Imm(24), header)
	v.CMPQ(header, end)
	v.JNE(next)
	v.here(done)
	return sum
}
