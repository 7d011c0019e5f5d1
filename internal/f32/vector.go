package f32

// Add computes dst = a + b. dst may be a or b.
func Add(dst, a, b []float32) {
	require(len(a) == len(dst) && len(b) == len(dst), "Add: lengths differ")
	if len(dst) > 0 {
		add(dst, a, b)
	}
}

// Max computes dst = max(a, b). NaN stays NaN. dst may be a or b.
func Max(dst, a, b []float32) {
	require(len(a) == len(dst) && len(b) == len(dst), "Max: lengths differ")
	if len(dst) > 0 {
		maximum(dst, a, b)
	}
}

// TakeEqual moves the elements of rest where x = y to dst: it adds them to dst and sets them to
// zero.
func TakeEqual(x, y, rest, dst []float32) {
	require(len(y) == len(x) && len(rest) == len(x) && len(dst) == len(x), "TakeEqual: lengths differ")
	if len(x) > 0 {
		takeEqual(x, y, rest, dst)
	}
}

// Axpy computes y += alpha*x.
func Axpy(alpha float32, x, y []float32) {
	require(len(x) == len(y), "Axpy: lengths differ")
	if len(x) > 0 {
		axpy(alpha, x, y)
	}
}

// Scale computes x *= alpha.
func Scale(alpha float32, x []float32) {
	if len(x) > 0 {
		scale(alpha, x)
	}
}

// Dot returns the inner product of x and y, summed in an order that depends only on the length.
func Dot(x, y []float32) float32 {
	require(len(x) == len(y), "Dot: lengths differ")
	if len(x) == 0 {
		return 0
	}
	return dot(x, y)
}

// Sum returns the sum of x, computed in an order that depends only on the length.
func Sum(x []float32) float32 {
	if len(x) == 0 {
		return 0
	}
	return sum(x)
}

func addGeneric(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}

func maximumGeneric(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = max(a[i], b[i])
	}
}

func takeEqualGeneric(x, y, rest, dst []float32) {
	for i, v := range x {
		if v == y[i] {
			dst[i] += rest[i]
			rest[i] = 0
		}
	}
}

func axpyGeneric(alpha float32, x, y []float32) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] += alpha * v
	}
}

func scaleGeneric(alpha float32, x []float32) {
	for i := range x {
		x[i] *= alpha
	}
}

// dotGeneric keeps four partial sums, which breaks the chain of dependent additions and loses less
// precision than one sum.
func dotGeneric(x, y []float32) float32 {
	var s0, s1, s2, s3 float32
	y = y[:len(x)]
	i := 0
	for ; i+4 <= len(x); i += 4 {
		s0 += x[i] * y[i]
		s1 += x[i+1] * y[i+1]
		s2 += x[i+2] * y[i+2]
		s3 += x[i+3] * y[i+3]
	}
	for ; i < len(x); i++ {
		s0 += x[i] * y[i]
	}
	return (s0 + s1) + (s2 + s3)
}

func sumGeneric(x []float32) float32 {
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(x); i += 4 {
		s0 += x[i]
		s1 += x[i+1]
		s2 += x[i+2]
		s3 += x[i+3]
	}
	for ; i < len(x); i++ {
		s0 += x[i]
	}
	return (s0 + s1) + (s2 + s3)
}
