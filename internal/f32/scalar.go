package f32

import "math"

// The scalar functions below are the formulas of the vector kernels for one element.

const (
	log2e = 1.44269504088896341
	// ln2Hi + ln2Lo is ln 2. ln2Hi has so few digits that its product with an exponent is exact.
	ln2Hi = 0.693359375
	ln2Lo = -2.12194440e-4
	// Beyond these arguments, the exponential is 0 or +Inf.
	expMin = -105
	expMax = 89
	// Adding and subtracting roundBias rounds a small float32 to an integer.
	roundBias = 1.5 * (1 << 23)
	// Below tanhSplit, the hyperbolic tangent is computed by a polynomial, because 1 - 2/(e^2x+1)
	// suffers from cancellation there.
	tanhSplit = 0.625
)

// exp1 returns e^x = 2^n * e^r, where n is an integer and |r| <= ln(2)/2.
func exp1(x float32) float32 {
	x = min(max(x, expMin), expMax)
	n := float32(float32(x*log2e)+roundBias) - roundBias
	r := float32(x-float32(n*ln2Hi)) - float32(n*ln2Lo)
	p := float32(1.9875691500e-4)
	p = p*r + 1.3981999507e-3
	p = p*r + 8.3334519073e-3
	p = p*r + 4.1665795894e-2
	p = p*r + 1.6666665459e-1
	p = p*r + 5.0000001201e-1
	p = p*(r*r) + r + 1
	// Two factors, because 2^n alone may leave the range of normal numbers.
	half := int32(n) >> 1
	return p * pow2(half) * pow2(int32(n)-half)
}

// pow2 returns 2^n for an n in the range of normal numbers.
func pow2(n int32) float32 { return math.Float32frombits(uint32(n+127) << 23) }

func sigmoid1(x float32) float32 { return 1 / (1 + exp1(-x)) }

func tanh1(x float32) float32 {
	a := math.Float32frombits(math.Float32bits(x) &^ (1 << 31))
	if a < tanhSplit {
		z := x * x
		p := float32(-5.70498872745e-3)
		p = p*z + 2.06390887954e-2
		p = p*z - 5.37397155531e-2
		p = p*z + 1.33314422036e-1
		p = p*z - 3.33332819422e-1
		return p*z*x + x
	}
	t := 1 - 2/(1+exp1(2*a))
	return math.Float32frombits(math.Float32bits(t) | math.Float32bits(x)&(1<<31))
}
