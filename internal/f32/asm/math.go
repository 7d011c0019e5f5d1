package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The formulas are those of the scalar functions in Go, which explain them.

// exp returns e^x, or e^-x if negate is set. The latter is for sums with 1: it stays above denormal
// numbers, which would be slow and have no effect.
func (v *vector) exp(x reg.Register, negate bool) reg.VecVirtual {
	const (
		lo, hi       = -105, 89
		normal       = 87
		log2e        = 1.44269504088896341
		ln2Hi, ln2Lo = 0.693359375, -2.12194440e-4
	)
	r, n := v.register(), v.register()
	if negate {
		r = v.atMost(v.atLeast(x, -hi), normal)
		v.round(v.mul(r, -log2e), n)
		v.emit(v.VFNMSUB231PS, v.VFNMSUB231PS_BCST, ln2Hi, n, r)
	} else {
		r = v.atMost(v.atLeast(x, lo), hi)
		v.round(v.mul(r, log2e), n)
		v.fnma(r, n, ln2Hi)
	}
	v.fnma(r, n, ln2Lo)
	p := v.splat(1.9875691500e-4)
	for _, c := range []float64{1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1} {
		v.horner(p, r, c)
	}
	square := v.mul(r, r)
	v.fma(r, p, square)
	return v.scalePower(v.add(r, 1.0), n)
}

// round puts the integers nearest to x into n.
func (v *vector) round(x, n reg.Register) {
	const nearest = 8 // without an exception for the lost fraction
	if v.avx512 {
		v.VRNDSCALEPS(operand.U8(nearest), x, n)
	} else {
		v.VROUNDPS(operand.U8(nearest), x, n)
	}
}

// scalePower returns x * 2^n for integers n. AVX2 multiplies by two powers, because a single one
// may leave the range of normal numbers.
func (v *vector) scalePower(x, n reg.Register) reg.VecVirtual {
	r := v.register()
	if v.avx512 {
		v.VSCALEFPS(n, x, r)
		return r
	}
	a, b := v.register(), v.register()
	v.VCVTPS2DQ(n, a)
	v.VPSRAD(operand.U8(1), a, b)
	v.VPSUBD(b, a, a)
	for _, e := range []reg.Register{a, b} {
		v.VPADDD(v.bits(127), e, e)
		v.VPSLLD(operand.U8(23), e, e)
	}
	v.VMULPS(a, x, r)
	v.VMULPS(b, r, r)
	return r
}

func (v *vector) sigmoid(x reg.Register) reg.VecVirtual {
	e := v.exp(x, true)
	return v.div(v.splat(1), v.add(e, 1.0))
}

func (v *vector) tanh(x reg.Register) reg.VecVirtual {
	abs, sign := v.register(), v.register()
	v.VBROADCASTSS(v.bits(1<<31), sign)
	v.VANDNPS(x, sign, abs)
	v.VANDPS(x, sign, sign)

	e := v.exp(v.add(abs, abs), false)
	large := v.splat(1)
	v.VSUBPS(v.div(v.splat(2), v.add(e, 1.0)), large, large)
	v.VORPS(sign, large, large)

	z := v.mul(x, x)
	p := v.splat(-5.70498872745e-3)
	for _, c := range []float64{2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1} {
		v.horner(p, z, c)
	}
	small := v.register()
	v.VMOVAPS(x, small)
	v.fma(small, v.mul(p, z), x)
	return v.choose(abs, v.splat(0.625), small, large)
}
