//go:build !purego

package f32

// best returns the implementation for NEON, which every arm64 processor has.
func best() implementation { return neon }

func gemm(m, n, k int, alpha float32, a []float32, rowA, colA int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if active == neon {
		gemmVector(m, n, k, alpha, a, rowA, colA, b, ldb, beta, c, ldc)
	} else {
		gemmGeneric(m, n, k, alpha, a, rowA, colA, b, ldb, beta, c, ldc)
	}
}

func add(dst, a, b []float32) {
	if active == neon {
		addNEON(dst, a, b)
	} else {
		addGeneric(dst, a, b)
	}
}

func axpy(alpha float32, x, y []float32) {
	if active == neon {
		axpyNEON(alpha, x, y)
	} else {
		axpyGeneric(alpha, x, y)
	}
}

func scale(alpha float32, x []float32) {
	if active == neon {
		scaleNEON(alpha, x)
	} else {
		scaleGeneric(alpha, x)
	}
}

func dot(x, y []float32) float32 {
	if active == neon {
		return dotNEON(x, y)
	}
	return dotGeneric(x, y)
}

func sum(x []float32) float32 {
	if active == neon {
		return sumNEON(x)
	}
	return sumGeneric(x)
}

func addBias(m, n int, x []float32, ldx int, bias []float32) {
	if active == neon {
		addBiasNEON(m, n, x, ldx, bias)
	} else {
		addBiasGeneric(m, n, x, ldx, bias)
	}
}

func addBiasReLU(m, n int, x []float32, ldx int, bias []float32) {
	if active == neon {
		addBiasReLUNEON(m, n, x, ldx, bias)
	} else {
		addBiasReLUGeneric(m, n, x, ldx, bias)
	}
}

func sumRows(m, n int, x []float32, ldx int, dst []float32) {
	if active == neon {
		sumRowsNEON(m, n, x, ldx, dst)
	} else {
		sumRowsGeneric(m, n, x, ldx, dst)
	}
}

func relu(dst, x []float32) {
	if active == neon {
		reluNEON(dst, x)
	} else {
		reluGeneric(dst, x)
	}
}

func reluGrad(dx, dy, y []float32) {
	if active == neon {
		reluGradNEON(dx, dy, y)
	} else {
		reluGradGeneric(dx, dy, y)
	}
}

func exp(dst, x []float32) {
	if active == neon {
		expNEON(dst, x)
	} else {
		expGeneric(dst, x)
	}
}

func sigmoid(dst, x []float32) {
	if active == neon {
		sigmoidNEON(dst, x)
	} else {
		sigmoidGeneric(dst, x)
	}
}

func tanh(dst, x []float32) {
	if active == neon {
		tanhNEON(dst, x)
	} else {
		tanhGeneric(dst, x)
	}
}

func transpose(m, n int, src []float32, lds int, dst []float32, ldd int) {
	transposeGeneric(m, n, src, lds, dst, ldd)
}

func adam(p, m, v []float32, gs [][]float32, gscale, beta1, beta2, stepSize, sqrtC2, eps float32) {
	if active == neon {
		adamNEON(p, m, v, gs, gscale, beta1, beta2, stepSize, sqrtC2, eps)
	} else {
		adamGeneric(p, m, v, gs, gscale, beta1, beta2, stepSize, sqrtC2, eps)
	}
}

func edgeReLU(w int, q []float32, ldq int, r []float32, ldr int, from, to, class []int32, dst []float32) {
	if active == neon {
		edgeReLUNEON(w, q, ldq, r, ldr, from, to, class, dst)
	} else {
		edgeReLUGeneric(w, q, ldq, r, ldr, from, to, class, dst)
	}
}

func edgeReLUGrad(w int, d, act []float32, from, to, class []int32, dq []float32, lddq int, dr []float32) {
	if active == neon {
		edgeReLUGradNEON(w, d, act, from, to, class, dq, lddq, dr)
	} else {
		edgeReLUGradGeneric(w, d, act, from, to, class, dq, lddq, dr)
	}
}

func gateSum(h int, msg, msgBias, att, attBias []float32, to []int32, sum []float32) {
	if active == neon {
		gateSumNEON(h, msg, msgBias, att, attBias, to, sum)
	} else {
		gateSumGeneric(h, msg, msgBias, att, attBias, to, sum)
	}
}

func gateSumGrad(h int, ds, msg, att []float32, to []int32, dmsg, datt []float32) {
	if active == neon {
		gateSumGradNEON(h, ds, msg, att, to, dmsg, datt)
	} else {
		gateSumGradGeneric(h, ds, msg, att, to, dmsg, datt)
	}
}

func edgeGate(h int, q []float32, ldq int, r []float32, from, to, class, row []int32, sum []float32) {
	if active == neon {
		edgeGateNEON(h, q, ldq, r, from, to, class, row, sum)
	} else {
		edgeGateGeneric(h, q, ldq, r, from, to, class, row, sum)
	}
}

func edgeGateGrad(h int, q []float32, ldq int, r []float32, from, to, class, row []int32, ds, dq, dr []float32) {
	if active == neon {
		edgeGateGradNEON(h, q, ldq, r, from, to, class, row, ds, dq, dr)
	} else {
		edgeGateGradGeneric(h, q, ldq, r, from, to, class, row, ds, dq, dr)
	}
}

func gru(nodes, h int, gi, gh []float32, ldgh int, bi, bh, hid, out, rzn, q []float32) {
	if active == neon {
		gruNEON(nodes, h, gi, gh, ldgh, bi, bh, hid, out, rzn, q)
	} else {
		gruGeneric(nodes, h, gi, gh, ldgh, bi, bh, hid, out, rzn, q)
	}
}

func gruGrad(nodes, h int, dout, hid, rzn, q, dgi, dgh []float32, lddgh int, dhid []float32) {
	if active == neon {
		gruGradNEON(nodes, h, dout, hid, rzn, q, dgi, dgh, lddgh, dhid)
	} else {
		gruGradGeneric(nodes, h, dout, hid, rzn, q, dgi, dgh, lddgh, dhid)
	}
}

func scaleShift(m, n int, x []float32, ldx int, scale, shift, y []float32, ldy int) {
	if active == neon {
		scaleShiftNEON(m, n, x, ldx, scale, shift, y, ldy)
	} else {
		scaleShiftGeneric(m, n, x, ldx, scale, shift, y, ldy)
	}
}

func scaleShiftReLU(m, n int, x []float32, ldx int, scale, shift, y []float32, ldy int) {
	if active == neon {
		scaleShiftReLUNEON(m, n, x, ldx, scale, shift, y, ldy)
	} else {
		scaleShiftReLUGeneric(m, n, x, ldx, scale, shift, y, ldy)
	}
}

func addTaps(m, n, k int, x []float32, ldx, step int, w, y []float32, ldy int) {
	if active == neon {
		addTapsNEON(m, n, k, x, ldx, step, w, y, ldy)
	} else {
		addTapsGeneric(m, n, k, x, ldx, step, w, y, ldy)
	}
}

func moments(m, n int, x []float32, ldx int, center, sum, square []float32) {
	if active == neon {
		momentsNEON(m, n, x, ldx, center, sum, square)
	} else {
		momentsGeneric(m, n, x, ldx, center, sum, square)
	}
}

func sumProducts(m, n int, x []float32, ldx int, center, y []float32, ldy int, dst []float32) {
	if active == neon {
		sumProductsNEON(m, n, x, ldx, center, y, ldy, dst)
	} else {
		sumProductsGeneric(m, n, x, ldx, center, y, ldy, dst)
	}
}

func maximum(dst, a, b []float32) {
	if active == neon {
		maximumNEON(dst, a, b)
	} else {
		maximumGeneric(dst, a, b)
	}
}

func takeEqual(x, y, rest, dst []float32) {
	if active == neon {
		takeEqualNEON(x, y, rest, dst)
	} else {
		takeEqualGeneric(x, y, rest, dst)
	}
}
