package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// vector emits instructions on vectors of one width.
type vector struct {
	*function
	lanes  int
	masked bool // loads and stores only access the lanes of the mask
}

// instruction emits a form of a vector instruction.
type instruction = func(...operand.Op)

// register returns a new register.
func (v *vector) register() reg.VecVirtual {
	if v.lanes == 16 {
		return v.ZMM()
	}
	return v.YMM()
}

// view returns a register that was filled for the widest vectors, with the width of v.
func (v *vector) view(r reg.VecVirtual) reg.Register {
	if v.lanes == 16 {
		return r.AsZ()
	}
	return r.AsY()
}

// at returns the operand of the current columns of the row at base.
func (v *vector) at(base reg.Register) operand.Mem {
	return operand.Mem{Base: base, Index: v.i, Scale: 1}
}

// load returns the current columns of the row at base.
func (v *vector) load(base reg.Register) reg.VecVirtual { return v.loadFrom(v.at(base)) }

// store overwrites the current columns of the row at base.
func (v *vector) store(r reg.Register, base reg.Register) { v.storeTo(r, v.at(base)) }

func (v *vector) loadFrom(m operand.Mem) reg.VecVirtual {
	r := v.register()
	switch {
	case !v.masked:
		v.VMOVUPS(m, r)
	case v.avx512:
		v.VMOVUPS_Z(m, v.mask, r)
	default:
		v.VMASKMOVPS(m, v.mask, r)
	}
	return r
}

func (v *vector) storeTo(r reg.Register, m operand.Mem) {
	switch {
	case !v.masked:
		v.VMOVUPS(r, m)
	case v.avx512:
		v.VMOVUPS(r, v.mask, m)
	default:
		v.VMASKMOVPS(r, v.mask, m)
	}
}

// emit emits an instruction whose first operand is a register or a constant. AVX-512 broadcasts
// constants on the fly; AVX2 loads them as whole vectors.
func (v *vector) emit(plain, broadcast instruction, b any, rest ...operand.Op) {
	switch b := b.(type) {
	case float64:
		m := v.constant(float32(b))
		if v.avx512 {
			plain = broadcast
		}
		plain(append([]operand.Op{m}, rest...)...)
	case operand.Op:
		plain(append([]operand.Op{b}, rest...)...)
	}
}

// The methods below return their result in a new register, or accumulate it in the first operand. b
// is a register or a constant.

func (v *vector) add(a reg.Register, b any) reg.VecVirtual {
	r := v.register()
	v.emit(v.VADDPS, v.VADDPS_BCST, b, a, r)
	return r
}

func (v *vector) sub(a reg.Register, b any) reg.VecVirtual {
	r := v.register()
	v.emit(v.VSUBPS, v.VSUBPS_BCST, b, a, r)
	return r
}

func (v *vector) mul(a reg.Register, b any) reg.VecVirtual {
	r := v.register()
	v.emit(v.VMULPS, v.VMULPS_BCST, b, a, r)
	return r
}

func (v *vector) div(a, b reg.Register) reg.VecVirtual {
	r := v.register()
	v.VDIVPS(b, a, r)
	return r
}

// fma adds a*b to acc.
func (v *vector) fma(acc, a reg.Register, b any) {
	v.emit(v.VFMADD231PS, v.VFMADD231PS_BCST, b, a, acc)
}

// fnma subtracts a*b from acc.
func (v *vector) fnma(acc, a reg.Register, b any) {
	v.emit(v.VFNMADD231PS, v.VFNMADD231PS_BCST, b, a, acc)
}

// horner replaces p by p*x + c, one step of a polynomial.
func (v *vector) horner(p, x reg.Register, c float64) {
	v.emit(v.VFMADD213PS, v.VFMADD213PS_BCST, c, x, p)
}

// splat returns a vector with a constant in every lane.
func (v *vector) splat(c float64) reg.VecVirtual {
	r := v.register()
	v.VBROADCASTSS(v.constant(float32(c)), r)
	return r
}

// atLeast returns the larger of x and c, or NaN if x is NaN: if the operands are unordered, the
// instructions return the first one written here.
func (v *vector) atLeast(x reg.Register, c float64) reg.VecVirtual {
	r := v.splat(c)
	v.VMAXPS(x, r, r)
	return r
}

// atMost returns the smaller of x and c, or NaN if x is NaN.
func (v *vector) atMost(x reg.Register, c float64) reg.VecVirtual {
	r := v.splat(c)
	v.VMINPS(x, r, r)
	return r
}

// larger returns the larger of a and b, or NaN if one is NaN: the instruction then returns b, and
// a's NaN is added.
func (v *vector) larger(a, b reg.Register) reg.VecVirtual {
	r := v.register()
	v.VMAXPS(b, a, r)
	return v.add(r, operand.Op(v.where(notEqual, a, a, a)))
}

// relu returns the larger of x and 0, or NaN if x is NaN.
func (v *vector) relu(x reg.Register) reg.VecVirtual {
	r := v.register()
	v.zero(r)
	v.VMAXPS(x, r, r)
	return r
}

// Predicates of comparisons.
const (
	equal       = 0x00 // ordered: false for NaN
	lessThan    = 0x11 // ordered: false for NaN
	greaterThan = 0x1e // ordered: false for NaN
	notEqual    = 0x04 // unordered: true for NaN
	notAtMost   = 0x16 // unordered: true for NaN
)

// where returns a where x and y satisfy the predicate, and 0 elsewhere.
func (v *vector) where(predicate uint8, x, y, a reg.Register) reg.VecVirtual {
	r := v.register()
	if v.avx512 {
		m := v.K()
		v.VCMPPS(operand.U8(predicate), y, x, m)
		v.VMOVAPS_Z(a, m, r)
		return r
	}
	v.VCMPPS(operand.U8(predicate), y, x, r)
	v.VANDPS(a, r, r)
	return r
}

// choose returns a where x < y and b elsewhere.
func (v *vector) choose(x, y, a, b reg.Register) reg.VecVirtual {
	r := v.register()
	if v.avx512 {
		m := v.K()
		v.VCMPPS(operand.U8(lessThan), y, x, m)
		v.VBLENDMPS(a, b, m, r)
		return r
	}
	v.VCMPPS(operand.U8(lessThan), y, x, r)
	v.VBLENDVPS(r, a, b, r)
	return r
}
