package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// reduce emits a sum over n elements as the result of the function. step adds the terms of the
// vector at a displacement from the current column to an accumulator. Four accumulators hide the
// latency of additions.
func (f *function) reduce(n reg.GPVirtual, step func(v *vector, disp int, acc reg.Register)) {
	size := f.laneBytes()
	v := &vector{function: f, lanes: size / 4}
	acc := [4]reg.VecVirtual{v.register(), v.register(), v.register(), v.register()}
	for _, r := range acc {
		v.zero(r)
	}
	f.i = f.GP64()
	f.XORQ(f.i, f.i)
	// n counts the remaining elements.
	blocks := func(count int) {
		loop, done := f.label("loop"), f.label("done")
		f.SUBQ(operand.I32(int32(count*v.lanes)), n)
		f.JLT(done)
		f.here(loop)
		for j := range count {
			step(v, j*size, acc[j])
		}
		f.ADDQ(operand.I32(int32(count*size)), f.i)
		f.SUBQ(operand.I32(int32(count*v.lanes)), n)
		f.JGE(loop)
		f.here(done)
		f.ADDQ(operand.I32(int32(count*v.lanes)), n)
	}
	blocks(4)
	blocks(1)
	whole := f.label("whole")
	f.TESTQ(n, n)
	f.JEQ(whole)
	f.setMask(n)
	v.masked = true
	step(v, 0, acc[1])
	f.here(whole)
	v.VADDPS(acc[1], acc[0], acc[0])
	v.VADDPS(acc[3], acc[2], acc[2])
	v.VADDPS(acc[2], acc[0], acc[0])
	f.horizontal(acc[0])
	f.Store(acc[0].AsX(), f.ReturnIndex(0))
}

// horizontal adds all lanes of r in the lowest one.
func (f *function) horizontal(r reg.VecVirtual) {
	if f.avx512 {
		t := f.YMM()
		f.VEXTRACTF32X8(operand.U8(1), r.AsZ(), t)
		f.VADDPS(t, r.AsY(), r.AsY())
	}
	t := f.XMM()
	f.VEXTRACTF128(operand.U8(1), r.AsY(), t)
	f.VADDPS(t, r.AsX(), r.AsX())
	f.VMOVHLPS(r.AsX(), r.AsX(), t)
	f.VADDPS(t, r.AsX(), r.AsX())
	f.VMOVSHDUP(r.AsX(), t)
	f.VADDSS(t, r.AsX(), r.AsX())
}
