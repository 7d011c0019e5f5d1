package f32

// ReLU computes dst = max(0, x). NaN stays NaN. dst may be x.
func ReLU(dst, x []float32) {
	require(len(x) == len(dst), "ReLU: lengths differ")
	if len(dst) > 0 {
		relu(dst, x)
	}
}

// ReLUGrad computes dx = dy where y > 0 and 0 elsewhere, where y is the result of [ReLU]. dx may be
// dy or y.
func ReLUGrad(dx, dy, y []float32) {
	require(len(dy) == len(dx) && len(y) == len(dx), "ReLUGrad: lengths differ")
	if len(dx) > 0 {
		reluGrad(dx, dy, y)
	}
}

// Exp computes dst = e^x with a relative error of at most 1e-6 where the
// result is a normal number; +Inf above 88.73, 0 below -104. NaN stays NaN.
// dst may be x.
func Exp(dst, x []float32) {
	require(len(x) == len(dst), "Exp: lengths differ")
	if len(dst) > 0 {
		exp(dst, x)
	}
}

// Sigmoid computes dst = 1/(1+e^-x) with a relative error of at most 1e-6 where
// the result is a normal number; 0 below -88.73. NaN stays NaN. dst may be x.
func Sigmoid(dst, x []float32) {
	require(len(x) == len(dst), "Sigmoid: lengths differ")
	if len(dst) > 0 {
		sigmoid(dst, x)
	}
}

// Tanh computes dst = tanh(x) with a relative error of at most 1e-6. The result is always in [-1,
// 1]. NaN stays NaN. dst may be x.
func Tanh(dst, x []float32) {
	require(len(x) == len(dst), "Tanh: lengths differ")
	if len(dst) > 0 {
		tanh(dst, x)
	}
}

func reluGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = max(0, v)
	}
}

func reluGradGeneric(dx, dy, y []float32) {
	for i, v := range y {
		if v > 0 {
			dx[i] = dy[i]
		} else {
			dx[i] = 0
		}
	}
}

func expGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = exp1(v)
	}
}

func sigmoidGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = sigmoid1(v)
	}
}

func tanhGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = tanh1(v)
	}
}
