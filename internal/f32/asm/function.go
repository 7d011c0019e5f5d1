package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// function is a kernel under construction for one instruction set.
type function struct {
	*kernel
	avx512 bool
	// Used by [function.columns] and set by [function.rowBytes].
	bytes, whole, i reg.GPVirtual
	mask            reg.Register // opmask or vector mask of the last lanes
}

// both emits a kernel for AVX2 and for AVX-512. Its arguments are those of the Go function of the
// same name.
func (k *kernel) both(name, arguments, doc string, emit func(f *function)) {
	for _, isa := range []string{"AVX2", "AVX512"} {
		k.start(name+isa, "func"+arguments, name+isa+" "+doc)
		f := &function{kernel: k, avx512: isa == "AVX512"}
		emit(f)
		k.VZEROUPPER()
		k.RET()
	}
}

// base loads the address of a slice argument.
func (f *function) base(name string) reg.GPVirtual {
	r := f.GP64()
	f.Load(f.Param(name).Base(), r)
	return r
}

// length loads the length of a slice argument.
func (f *function) length(name string) reg.GPVirtual {
	r := f.GP64()
	f.Load(f.Param(name).Len(), r)
	return r
}

// addressOf returns the memory operand of the base of a slice argument, for kernels with more
// slices than registers.
func (f *function) addressOf(name string) operand.Mem {
	b, err := f.Param(name).Base().Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// laneBytes returns the size of the widest vector.
func (f *function) laneBytes() int {
	if f.avx512 {
		return 64
	}
	return 32
}

// rowBytes prepares [function.columns] for rows of n elements; n becomes the size of a row in
// bytes.
func (f *function) rowBytes(n reg.GPVirtual) {
	f.bytes, f.whole, f.i = n, f.GP64(), f.GP64()
	tail := f.GP64()
	f.MOVQ(n, tail)
	f.ANDQ(operand.Imm(7), tail)
	f.setMask(tail)
	f.SHLQ(operand.U8(2), n)
	f.MOVQ(n, f.whole)
	f.ANDQ(operand.I8(int8(-f.laneBytes())), f.whole)
}

// setMask sets the mask for the first n lanes, where n is less than the number of lanes, and
// overwrites n.
func (f *function) setMask(n reg.GPVirtual) {
	if f.avx512 {
		ones, m := f.GP32(), f.K()
		f.MOVL(operand.U32(0xffff), ones)
		f.BZHIL(n.As32(), ones, ones)
		f.KMOVW(ones, m)
		f.mask = m
		return
	}
	f.NEGQ(n)
	table := f.GP64()
	f.LEAQ(f.laneTable(), table)
	m := f.YMM()
	f.VMOVUPS(operand.Mem{Base: table, Index: n, Scale: 4, Disp: 32}, m)
	f.mask = m
}

// columns emits body for all elements of a row: in a loop over the widest vectors and then, if
// necessary, for half a vector and for the last few lanes. With half vectors, rows whose length is
// a multiple of 8 need no masks; a masked store delays the next load from the same address.
func (f *function) columns(body func(v *vector)) {
	f.XORQ(f.i, f.i)
	half, tail, done := f.label("half"), f.label("tail"), f.label("done")
	f.CMPQ(f.whole, operand.Imm(0))
	f.JEQ(half)
	loop := f.label("loop")
	f.here(loop)
	body(&vector{function: f, lanes: f.laneBytes() / 4})
	f.ADDQ(operand.Imm(uint64(f.laneBytes())), f.i)
	f.CMPQ(f.i, f.whole)
	f.JCS(loop)
	f.here(half)
	if f.avx512 {
		f.TESTQ(operand.U32(32), f.bytes)
		f.JEQ(tail)
		body(&vector{function: f, lanes: 8})
		f.ADDQ(operand.Imm(32), f.i)
	}
	f.here(tail)
	f.TESTQ(operand.U32(28), f.bytes)
	f.JEQ(done)
	body(&vector{function: f, lanes: 8, masked: true})
	f.here(done)
}

// rows emits body once for each of n > 0 rows. The argument n is counted down in place.
func (f *function) rows(n string, body func()) {
	loop := f.label("row")
	f.here(loop)
	body()
	f.DECQ(f.stack(n))
	f.JNE(loop)
}
