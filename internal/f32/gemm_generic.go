package f32

// gemmGeneric computes C = alpha*A*B + beta*C, where A has the row and column strides rowA and
// colA. It computes part of a row of C at a time, so that alpha and beta are applied once to a
// finished sum.
func gemmGeneric(m, n, k int, alpha float32, a []float32, rowA, colA int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	const width = 128
	var buf [width]float32
	for j := 0; j < n; j += width {
		acc := buf[:min(width, n-j)]
		for i := range m {
			clear(acc)
			gemmRow(acc, k, a[i*rowA:], colA, b[j:], ldb)
			row := c[i*ldc+j:][:len(acc)]
			if beta == 0 {
				for l, s := range acc {
					row[l] = alpha * s
				}
				continue
			}
			for l, s := range acc {
				row[l] = alpha*s + beta*row[l]
			}
		}
	}
}

// gemmRow adds to acc the product of a row vector of length k, whose elements are colA apart, and
// the first len(acc) columns of B.
func gemmRow(acc []float32, k int, a []float32, colA int, b []float32, ldb int) {
	p := 0
	for ; p+4 <= k; p += 4 {
		a0, a1, a2, a3 := a[p*colA], a[(p+1)*colA], a[(p+2)*colA], a[(p+3)*colA]
		b0 := b[p*ldb:][:len(acc)]
		b1 := b[(p+1)*ldb:][:len(acc)]
		b2 := b[(p+2)*ldb:][:len(acc)]
		b3 := b[(p+3)*ldb:][:len(acc)]
		for j, s := range acc {
			s += a0 * b0[j]
			s += a1 * b1[j]
			s += a2 * b2[j]
			s += a3 * b3[j]
			acc[j] = s
		}
	}
	for ; p < k; p++ {
		v := a[p*colA]
		row := b[p*ldb:][:len(acc)]
		for j := range acc {
			acc[j] += v * row[j]
		}
	}
}
