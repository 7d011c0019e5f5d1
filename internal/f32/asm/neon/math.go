package neon

// The formulas are those of the amd64 kernels, operation by operation, so that the results are bit-identical.

// exp returns e^x, or e^-x if negate is set. The latter is for sums with 1: it stays above the
// subnormal numbers.
func (v *vector) exp(x vec, negate bool) vec {
	return v.scope(func() vec {
		const (
			lo, hi       = -105, 89
			normal       = 87
			log2e        = 1.44269504088896341
			ln2Hi, ln2Lo = 0.693359375, -2.12194440e-4
		)
		var r, n vec
		if negate {
			x = v.atMost(v.atLeast(x, -hi), normal)
			n = v.two(frintn, v.mulConstant(x, -log2e))
			r = v.two(fneg, x)
		} else {
			r = v.atMost(v.atLeast(x, lo), hi)
			n = v.two(frintn, v.mulConstant(r, log2e))
		}
		v.fnmaConstant(r, n, ln2Hi)
		v.fnmaConstant(r, n, ln2Lo)
		p := v.polynomial(r, 1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1)
		square := v.mul(r, r)
		v.fma(r, p, square)
		return v.scalePower(v.add(r, v.splat(1)), n)
	})
}

// scalePower returns x * 2^n for integers n. It multiplies by two powers, because one may be
// outside the range of normal numbers.
func (v *vector) scalePower(x, n vec) vec {
	a, b := v.two(fcvtns, n), v.register()
	v.word(0x4f3f0400|uint32(a)<<5|uint32(b), "sshr v%d, v%d, #1", b, a)
	v.instruction("VSUB V%d.S4, V%d.S4, V%d.S4", b, a, a)
	bias := v.splatBits(127)
	for _, e := range []vec{a, b} {
		v.instruction("VADD V%d.S4, V%d.S4, V%d.S4", bias, e, e)
		v.instruction("VSHL $23, V%d.S4, V%d.S4", e, e)
	}
	return v.mul(v.mul(x, a), b)
}

func (v *vector) sigmoid(x vec) vec {
	return v.scope(func() vec {
		one := v.splat(1)
		return v.div(one, v.add(v.exp(x, true), one))
	})
}

func (v *vector) tanh(x vec) vec {
	return v.scope(func() vec {
		abs, sign := v.two(fabs, x), v.and(x, v.splatBits(1<<31))
		one := v.splat(1)
		e := v.exp(v.add(abs, abs), false)
		large := v.or(v.sub(one, v.div(v.splat(2), v.add(e, one))), sign)

		z := v.mul(x, x)
		p := v.polynomial(z, -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1)
		small := v.or(x, x)
		v.fma(small, v.mul(p, z), x)
		mask := v.three(fcmgt, v.splat(0.625), abs)
		v.choose(mask, small, large)
		return mask
	})
}
