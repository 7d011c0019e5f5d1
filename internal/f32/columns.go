package f32

// The functions in this file process matrices by columns, which are the channels of images.

// ScaleShift computes y[i][j] = scale[j]*x[i][j] + shift[j] for the m×n matrices x and y. y may be x.
func ScaleShift(m, n int, x []float32, ldx int, scale, shift, y []float32, ldy int) {
	requireScaleShift(m, n, x, ldx, scale, shift, y, ldy)
	if m > 0 && n > 0 {
		scaleShift(m, n, x, ldx, scale, shift, y, ldy)
	}
}

// ScaleShiftReLU computes y[i][j] = max(0, scale[j]*x[i][j]+shift[j]) for the m×n matrices x and y. NaN stays NaN. y may
// be x.
func ScaleShiftReLU(m, n int, x []float32, ldx int, scale, shift, y []float32, ldy int) {
	requireScaleShift(m, n, x, ldx, scale, shift, y, ldy)
	if m > 0 && n > 0 {
		scaleShiftReLU(m, n, x, ldx, scale, shift, y, ldy)
	}
}

func requireScaleShift(m, n int, x []float32, ldx int, scale, shift, y []float32, ldy int) {
	requireMatrix(m, n, x, ldx, "ScaleShift: x")
	requireMatrix(m, n, y, ldy, "ScaleShift: y")
	require(len(scale) == n && len(shift) == n, "ScaleShift: scale or shift does not match the width")
}

// AddTaps computes y[i][j] += Σ_t w[t][j]*x[i*ldx+t*step+j] for the m×n matrix y and the k×n matrix
// w, in ascending order of t. This is a convolution along a row of pixels, for every channel
// separately.
func AddTaps(m, n, k int, x []float32, ldx, step int, w, y []float32, ldy int) {
	requireMatrix(m, n, y, ldy, "AddTaps: y")
	require(k >= 0 && step >= 0 && ldx >= 0 && len(w) == k*n, "AddTaps: w does not match its shape")
	if m == 0 || n == 0 || k == 0 {
		return
	}
	require(len(x) >= (m-1)*ldx+(k-1)*step+n, "AddTaps: x is too short for its shape")
	addTaps(m, n, k, x, ldx, step, w, y, ldy)
}

// Moments computes sum[j] += Σ_i (x[i][j]-center[j]) and square[j] += Σ_i (x[i][j]-center[j])² for
// the m×n matrix x. A center among the values preserves the precision of a variance if the mean is
// far from zero. Rows are added in ascending order.
func Moments(m, n int, x []float32, ldx int, center, sum, square []float32) {
	requireMatrix(m, n, x, ldx, "Moments: x")
	require(len(center) == n && len(sum) == n && len(square) == n, "Moments: a vector does not match the width")
	if m > 0 && n > 0 {
		moments(m, n, x, ldx, center, sum, square)
	}
}

// SumProducts computes dst[j] += Σ_i (x[i][j]-center[j])*y[i][j] for the m×n matrices x and y. Rows are added in
// ascending order.
func SumProducts(m, n int, x []float32, ldx int, center, y []float32, ldy int, dst []float32) {
	requireMatrix(m, n, x, ldx, "SumProducts: x")
	requireMatrix(m, n, y, ldy, "SumProducts: y")
	require(len(center) == n && len(dst) == n, "SumProducts: a vector does not match the width")
	if m > 0 && n > 0 {
		sumProducts(m, n, x, ldx, center, y, ldy, dst)
	}
}

func scaleShiftGeneric(m, n int, x []float32, ldx int, scale, shift, y []float32, ldy int) {
	for i := range m {
		row := y[i*ldy:][:n]
		for j, v := range x[i*ldx:][:n] {
			row[j] = scale[j]*v + shift[j]
		}
	}
}

func scaleShiftReLUGeneric(m, n int, x []float32, ldx int, scale, shift, y []float32, ldy int) {
	for i := range m {
		row := y[i*ldy:][:n]
		for j, v := range x[i*ldx:][:n] {
			row[j] = max(0, scale[j]*v+shift[j])
		}
	}
}

func addTapsGeneric(m, n, k int, x []float32, ldx, step int, w, y []float32, ldy int) {
	for i := range m {
		row := y[i*ldy:][:n]
		for t := range k {
			from, weight := x[i*ldx+t*step:][:n], w[t*n:][:n]
			for j := range row {
				row[j] += weight[j] * from[j]
			}
		}
	}
}

func momentsGeneric(m, n int, x []float32, ldx int, center, sum, square []float32) {
	for i := range m {
		for j, v := range x[i*ldx:][:n] {
			d := v - center[j]
			sum[j] += d
			square[j] += d * d
		}
	}
}

func sumProductsGeneric(m, n int, x []float32, ldx int, center, y []float32, ldy int, dst []float32) {
	for i := range m {
		row := y[i*ldy:][:n]
		for j, v := range x[i*ldx:][:n] {
			dst[j] += (v - center[j]) * row[j]
		}
	}
}
