package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// reduce emits a sum over n elements as the result of the function. step adds the terms of the
// vector at a displacement from the current column to an accumulator. Four accumulators of 16 lanes
// hide the latency of additions. With AVX2, each is a pair of registers.
func (f *function) reduce(n reg.GPVirtual, step func(v *vector, disp int, acc reg.Register)) {
	size := f.laneBytes()
	v := &vector{function: f, lanes: size / 4}
	pair := 64 / size // the registers of an accumulator
	acc := make([]reg.VecVirtual, 4*pair)
	for j := range acc {
		acc[j] = v.register()
		v.zero(acc[j])
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
	blocks(4 * pair)
	blocks(pair)
	f.reduceRest(n, v, acc[pair:][:pair], step)
	for _, distance := range []int{pair, 2 * pair} {
		for j := 0; j < len(acc); j += 2 * distance {
			for l := range pair {
				v.VADDPS(acc[j+distance+l], acc[j+l], acc[j+l])
			}
		}
	}
	if !f.avx512 {
		v.VADDPS(acc[1], acc[0], acc[0])
	}
	f.horizontal(acc[0])
	f.Store(acc[0].AsX(), f.ReturnIndex(0))
}

// reduceRest adds the last n elements, fewer than 16, to the lanes of an accumulator.
func (f *function) reduceRest(n reg.GPVirtual, v *vector, acc []reg.VecVirtual, step func(v *vector, disp int, acc reg.Register)) {
	whole := f.label("whole")
	f.TESTQ(n, n)
	f.JEQ(whole)
	rest := &vector{function: f, lanes: v.lanes, masked: true}
	if len(acc) == 2 {
		low := f.label("low")
		f.CMPQ(n, operand.Imm(8))
		f.JLT(low)
		step(v, 0, acc[0])
		f.ADDQ(operand.Imm(32), f.i)
		f.SUBQ(operand.Imm(8), n)
		f.JEQ(whole)
		f.setMask(n)
		step(rest, 0, acc[1])
		f.JMP(whole)
		f.here(low)
	}
	f.setMask(n)
	step(rest, 0, acc[0])
	f.here(whole)
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
