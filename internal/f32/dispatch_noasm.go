//go:build !(amd64 || arm64) || purego

package f32

// best returns the implementation in Go, the only one in this build.
func best() implementation { return generic }

func gemm(m, n, k int, alpha float32, a []float32, rowA, colA int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	gemmGeneric(m, n, k, alpha, a, rowA, colA, b, ldb, beta, c, ldc)
}

func add(dst, a, b []float32) { addGeneric(dst, a, b) }

func axpy(alpha float32, x, y []float32) { axpyGeneric(alpha, x, y) }

func scale(alpha float32, x []float32) { scaleGeneric(alpha, x) }

func dot(x, y []float32) float32 { return dotGeneric(x, y) }

func sum(x []float32) float32 { return sumGeneric(x) }

func addBias(m, n int, x []float32, ldx int, bias []float32) { addBiasGeneric(m, n, x, ldx, bias) }

func addBiasReLU(m, n int, x []float32, ldx int, bias []float32) {
	addBiasReLUGeneric(m, n, x, ldx, bias)
}

func sumRows(m, n int, x []float32, ldx int, dst []float32) { sumRowsGeneric(m, n, x, ldx, dst) }

func relu(dst, x []float32) { reluGeneric(dst, x) }

func reluGrad(dx, dy, y []float32) { reluGradGeneric(dx, dy, y) }

func exp(dst, x []float32) { expGeneric(dst, x) }

func sigmoid(dst, x []float32) { sigmoidGeneric(dst, x) }

func tanh(dst, x []float32) { tanhGeneric(dst, x) }

func transpose(m, n int, src []float32, lds int, dst []float32, ldd int) {
	transposeGeneric(m, n, src, lds, dst, ldd)
}

func adam(p, m, v []float32, gs [][]float32, gscale, beta1, beta2, stepSize, sqrtC2, eps float32) {
	adamGeneric(p, m, v, gs, gscale, beta1, beta2, stepSize, sqrtC2, eps)
}

func edgeReLU(w int, q []float32, ldq int, r []float32, ldr int, from, to, class []int32, dst []float32) {
	edgeReLUGeneric(w, q, ldq, r, ldr, from, to, class, dst)
}

func edgeReLUGrad(w int, d, act []float32, from, to, class []int32, dq []float32, lddq int, dr []float32) {
	edgeReLUGradGeneric(w, d, act, from, to, class, dq, lddq, dr)
}

func gateSum(h int, msg, msgBias, att, attBias []float32, to []int32, sum []float32) {
	gateSumGeneric(h, msg, msgBias, att, attBias, to, sum)
}

func gateSumGrad(h int, ds, msg, att []float32, to []int32, dmsg, datt []float32) {
	gateSumGradGeneric(h, ds, msg, att, to, dmsg, datt)
}

func edgeGate(h int, q []float32, ldq int, r []float32, from, to, class, row []int32, sum []float32) {
	edgeGateGeneric(h, q, ldq, r, from, to, class, row, sum)
}

func edgeGateGrad(h int, q []float32, ldq int, r []float32, from, to, class, row []int32, ds, dq, dr []float32) {
	edgeGateGradGeneric(h, q, ldq, r, from, to, class, row, ds, dq, dr)
}

func gru(nodes, h int, gi, gh []float32, ldgh int, bi, bh, hid, out, rzn, q []float32) {
	gruGeneric(nodes, h, gi, gh, ldgh, bi, bh, hid, out, rzn, q)
}

func gruGrad(nodes, h int, dout, hid, rzn, q, dgi, dgh []float32, lddgh int, dhid []float32) {
	gruGradGeneric(nodes, h, dout, hid, rzn, q, dgi, dgh, lddgh, dhid)
}

func scaleShift(m, n int, x []float32, ldx int, scale, shift, y []float32, ldy int) {
	scaleShiftGeneric(m, n, x, ldx, scale, shift, y, ldy)
}

func scaleShiftReLU(m, n int, x []float32, ldx int, scale, shift, y []float32, ldy int) {
	scaleShiftReLUGeneric(m, n, x, ldx, scale, shift, y, ldy)
}

func addTaps(m, n, k int, x []float32, ldx, step int, w, y []float32, ldy int) {
	addTapsGeneric(m, n, k, x, ldx, step, w, y, ldy)
}

func moments(m, n int, x []float32, ldx int, center, sum, square []float32) {
	momentsGeneric(m, n, x, ldx, center, sum, square)
}

func sumProducts(m, n int, x []float32, ldx int, center, y []float32, ldy int, dst []float32) {
	sumProductsGeneric(m, n, x, ldx, center, y, ldy, dst)
}

func maximum(dst, a, b []float32) { maximumGeneric(dst, a, b) }

func takeEqual(x, y, rest, dst []float32) { takeEqualGeneric(x, y, rest, dst) }
