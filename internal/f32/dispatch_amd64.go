//go:build !purego

package f32

import "golang.org/x/sys/cpu"

// best returns the fastest implementation that the processor and the operating
// system support.
func best() implementation {
	x := &cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasFMA:
		return generic
	case x.HasAVX512F && x.HasAVX512VL && x.HasAVX512DQ && x.HasBMI2:
		return avx512
	default:
		return avx2
	}
}

func gemm(m, n, k int, alpha float32, a []float32, rowA, colA int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if active == generic {
		gemmGeneric(m, n, k, alpha, a, rowA, colA, b, ldb, beta, c, ldc)
	} else {
		gemmVector(m, n, k, alpha, a, rowA, colA, b, ldb, beta, c, ldc)
	}
}

func add(dst, a, b []float32) {
	switch active {
	case avx512:
		addAVX512(dst, a, b)
	case avx2:
		addAVX2(dst, a, b)
	default:
		addGeneric(dst, a, b)
	}
}

func axpy(alpha float32, x, y []float32) {
	switch active {
	case avx512:
		axpyAVX512(alpha, x, y)
	case avx2:
		axpyAVX2(alpha, x, y)
	default:
		axpyGeneric(alpha, x, y)
	}
}

func scale(alpha float32, x []float32) {
	switch active {
	case avx512:
		scaleAVX512(alpha, x)
	case avx2:
		scaleAVX2(alpha, x)
	default:
		scaleGeneric(alpha, x)
	}
}

func dot(x, y []float32) float32 {
	switch active {
	case avx512:
		return dotAVX512(x, y)
	case avx2:
		return dotAVX2(x, y)
	default:
		return dotGeneric(x, y)
	}
}

func sum(x []float32) float32 {
	switch active {
	case avx512:
		return sumAVX512(x)
	case avx2:
		return sumAVX2(x)
	default:
		return sumGeneric(x)
	}
}

func addBias(m, n int, x []float32, ldx int, bias []float32) {
	switch active {
	case avx512:
		addBiasAVX512(m, n, x, ldx, bias)
	case avx2:
		addBiasAVX2(m, n, x, ldx, bias)
	default:
		addBiasGeneric(m, n, x, ldx, bias)
	}
}

func addBiasReLU(m, n int, x []float32, ldx int, bias []float32) {
	switch active {
	case avx512:
		addBiasReLUAVX512(m, n, x, ldx, bias)
	case avx2:
		addBiasReLUAVX2(m, n, x, ldx, bias)
	default:
		addBiasReLUGeneric(m, n, x, ldx, bias)
	}
}

func sumRows(m, n int, x []float32, ldx int, dst []float32) {
	switch active {
	case avx512:
		sumRowsAVX512(m, n, x, ldx, dst)
	case avx2:
		sumRowsAVX2(m, n, x, ldx, dst)
	default:
		sumRowsGeneric(m, n, x, ldx, dst)
	}
}

func relu(dst, x []float32) {
	switch active {
	case avx512:
		reluAVX512(dst, x)
	case avx2:
		reluAVX2(dst, x)
	default:
		reluGeneric(dst, x)
	}
}

func reluGrad(dx, dy, y []float32) {
	switch active {
	case avx512:
		reluGradAVX512(dx, dy, y)
	case avx2:
		reluGradAVX2(dx, dy, y)
	default:
		reluGradGeneric(dx, dy, y)
	}
}

func exp(dst, x []float32) {
	switch active {
	case avx512:
		expAVX512(dst, x)
	case avx2:
		expAVX2(dst, x)
	default:
		expGeneric(dst, x)
	}
}

func sigmoid(dst, x []float32) {
	switch active {
	case avx512:
		sigmoidAVX512(dst, x)
	case avx2:
		sigmoidAVX2(dst, x)
	default:
		sigmoidGeneric(dst, x)
	}
}

func tanh(dst, x []float32) {
	switch active {
	case avx512:
		tanhAVX512(dst, x)
	case avx2:
		tanhAVX2(dst, x)
	default:
		tanhGeneric(dst, x)
	}
}

func transpose(m, n int, src []float32, lds int, dst []float32, ldd int) {
	if active == generic {
		transposeGeneric(m, n, src, lds, dst, ldd)
	} else {
		transposeAVX2(m, n, src, lds, dst, ldd)
	}
}

func adam(p, m, v []float32, gs [][]float32, gscale, beta1, beta2, stepSize, sqrtC2, eps float32) {
	switch active {
	case avx512:
		adamAVX512(p, m, v, gs, gscale, beta1, beta2, stepSize, sqrtC2, eps)
	case avx2:
		adamAVX2(p, m, v, gs, gscale, beta1, beta2, stepSize, sqrtC2, eps)
	default:
		adamGeneric(p, m, v, gs, gscale, beta1, beta2, stepSize, sqrtC2, eps)
	}
}

func edgeReLU(w int, q []float32, ldq int, r []float32, ldr int, from, to, class []int32, dst []float32) {
	switch active {
	case avx512:
		edgeReLUAVX512(w, q, ldq, r, ldr, from, to, class, dst)
	case avx2:
		edgeReLUAVX2(w, q, ldq, r, ldr, from, to, class, dst)
	default:
		edgeReLUGeneric(w, q, ldq, r, ldr, from, to, class, dst)
	}
}

func edgeReLUGrad(w int, d, act []float32, from, to, class []int32, dq []float32, lddq int, dr []float32) {
	switch active {
	case avx512:
		edgeReLUGradAVX512(w, d, act, from, to, class, dq, lddq, dr)
	case avx2:
		edgeReLUGradAVX2(w, d, act, from, to, class, dq, lddq, dr)
	default:
		edgeReLUGradGeneric(w, d, act, from, to, class, dq, lddq, dr)
	}
}

func gateSum(h int, msg, msgBias, att, attBias []float32, to []int32, sum []float32) {
	switch active {
	case avx512:
		gateSumAVX512(h, msg, msgBias, att, attBias, to, sum)
	case avx2:
		gateSumAVX2(h, msg, msgBias, att, attBias, to, sum)
	default:
		gateSumGeneric(h, msg, msgBias, att, attBias, to, sum)
	}
}

func gateSumGrad(h int, ds, msg, att []float32, to []int32, dmsg, datt []float32) {
	switch active {
	case avx512:
		gateSumGradAVX512(h, ds, msg, att, to, dmsg, datt)
	case avx2:
		gateSumGradAVX2(h, ds, msg, att, to, dmsg, datt)
	default:
		gateSumGradGeneric(h, ds, msg, att, to, dmsg, datt)
	}
}

func edgeGate(h int, q []float32, ldq int, r []float32, from, to, class, row []int32, sum []float32) {
	switch active {
	case avx512:
		edgeGateAVX512(h, q, ldq, r, from, to, class, row, sum)
	case avx2:
		edgeGateAVX2(h, q, ldq, r, from, to, class, row, sum)
	default:
		edgeGateGeneric(h, q, ldq, r, from, to, class, row, sum)
	}
}

func edgeGateGrad(h int, q []float32, ldq int, r []float32, from, to, class, row []int32, ds, dq, dr []float32) {
	switch active {
	case avx512:
		edgeGateGradAVX512(h, q, ldq, r, from, to, class, row, ds, dq, dr)
	case avx2:
		edgeGateGradAVX2(h, q, ldq, r, from, to, class, row, ds, dq, dr)
	default:
		edgeGateGradGeneric(h, q, ldq, r, from, to, class, row, ds, dq, dr)
	}
}

func gru(nodes, h int, gi, gh []float32, ldgh int, bi, bh, hid, out, rzn, q []float32) {
	switch active {
	case avx512:
		gruAVX512(nodes, h, gi, gh, ldgh, bi, bh, hid, out, rzn, q)
	case avx2:
		gruAVX2(nodes, h, gi, gh, ldgh, bi, bh, hid, out, rzn, q)
	default:
		gruGeneric(nodes, h, gi, gh, ldgh, bi, bh, hid, out, rzn, q)
	}
}

func gruGrad(nodes, h int, dout, hid, rzn, q, dgi, dgh []float32, lddgh int, dhid []float32) {
	switch active {
	case avx512:
		gruGradAVX512(nodes, h, dout, hid, rzn, q, dgi, dgh, lddgh, dhid)
	case avx2:
		gruGradAVX2(nodes, h, dout, hid, rzn, q, dgi, dgh, lddgh, dhid)
	default:
		gruGradGeneric(nodes, h, dout, hid, rzn, q, dgi, dgh, lddgh, dhid)
	}
}

func scaleShift(m, n int, x []float32, ldx int, scale, shift, y []float32, ldy int) {
	switch active {
	case avx512:
		scaleShiftAVX512(m, n, x, ldx, scale, shift, y, ldy)
	case avx2:
		scaleShiftAVX2(m, n, x, ldx, scale, shift, y, ldy)
	default:
		scaleShiftGeneric(m, n, x, ldx, scale, shift, y, ldy)
	}
}

func scaleShiftReLU(m, n int, x []float32, ldx int, scale, shift, y []float32, ldy int) {
	switch active {
	case avx512:
		scaleShiftReLUAVX512(m, n, x, ldx, scale, shift, y, ldy)
	case avx2:
		scaleShiftReLUAVX2(m, n, x, ldx, scale, shift, y, ldy)
	default:
		scaleShiftReLUGeneric(m, n, x, ldx, scale, shift, y, ldy)
	}
}

func addTaps(m, n, k int, x []float32, ldx, step int, w, y []float32, ldy int) {
	switch active {
	case avx512:
		addTapsAVX512(m, n, k, x, ldx, step, w, y, ldy)
	case avx2:
		addTapsAVX2(m, n, k, x, ldx, step, w, y, ldy)
	default:
		addTapsGeneric(m, n, k, x, ldx, step, w, y, ldy)
	}
}

func moments(m, n int, x []float32, ldx int, center, sum, square []float32) {
	switch active {
	case avx512:
		momentsAVX512(m, n, x, ldx, center, sum, square)
	case avx2:
		momentsAVX2(m, n, x, ldx, center, sum, square)
	default:
		momentsGeneric(m, n, x, ldx, center, sum, square)
	}
}

func sumProducts(m, n int, x []float32, ldx int, center, y []float32, ldy int, dst []float32) {
	switch active {
	case avx512:
		sumProductsAVX512(m, n, x, ldx, center, y, ldy, dst)
	case avx2:
		sumProductsAVX2(m, n, x, ldx, center, y, ldy, dst)
	default:
		sumProductsGeneric(m, n, x, ldx, center, y, ldy, dst)
	}
}

func maximum(dst, a, b []float32) {
	switch active {
	case avx512:
		maximumAVX512(dst, a, b)
	case avx2:
		maximumAVX2(dst, a, b)
	default:
		maximumGeneric(dst, a, b)
	}
}

func takeEqual(x, y, rest, dst []float32) {
	switch active {
	case avx512:
		takeEqualAVX512(x, y, rest, dst)
	case avx2:
		takeEqualAVX2(x, y, rest, dst)
	default:
		takeEqualGeneric(x, y, rest, dst)
	}
}
