package f32

// implementation is a set of kernels for one level of the instruction set.
type implementation uint8

const (
	generic implementation = iota // Go alone
	avx2                          // AVX2 and FMA
	avx512                        // AVX-512 F, VL and DQ, and BMI2
	neon                          // Advanced SIMD of arm64
)

// active is the implementation in use. Only tests change it, to compare all implementations that
// the processor supports.
var active = best()

func (i implementation) String() string {
	return [...]string{"generic", "avx2", "avx512", "neon"}[i]
}
