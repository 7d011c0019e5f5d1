package f32

// AddBias computes x[i][j] += bias[j] for the m×n matrix x.
func AddBias(m, n int, x []float32, ldx int, bias []float32) {
	requireMatrix(m, n, x, ldx, "AddBias: x")
	require(len(bias) == n, "AddBias: bias does not match the width")
	if m > 0 && n > 0 {
		addBias(m, n, x, ldx, bias)
	}
}

// AddBiasReLU computes x[i][j] = max(0, x[i][j]+bias[j]) for the m×n matrix x.
// NaN stays NaN.
func AddBiasReLU(m, n int, x []float32, ldx int, bias []float32) {
	requireMatrix(m, n, x, ldx, "AddBiasReLU: x")
	require(len(bias) == n, "AddBiasReLU: bias does not match the width")
	if m > 0 && n > 0 {
		addBiasReLU(m, n, x, ldx, bias)
	}
}

// SumRows computes dst[j] += Σ_i x[i][j] for the m×n matrix x, the gradient of
// a bias. Rows are added in ascending order.
func SumRows(m, n int, x []float32, ldx int, dst []float32) {
	requireMatrix(m, n, x, ldx, "SumRows: x")
	require(len(dst) == n, "SumRows: dst does not match the width")
	if m > 0 && n > 0 {
		sumRows(m, n, x, ldx, dst)
	}
}

func addBiasGeneric(m, n int, x []float32, ldx int, bias []float32) {
	for i := range m {
		row := x[i*ldx:][:n]
		addGeneric(row, row, bias)
	}
}

func addBiasReLUGeneric(m, n int, x []float32, ldx int, bias []float32) {
	for i := range m {
		row := x[i*ldx:][:n]
		for j, b := range bias {
			row[j] = max(0, row[j]+b)
		}
	}
}

func sumRowsGeneric(m, n int, x []float32, ldx int, dst []float32) {
	for i := range m {
		addGeneric(dst, dst, x[i*ldx:][:n])
	}
}
