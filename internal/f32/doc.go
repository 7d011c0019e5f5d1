// Package f32 implements the single-precision kernels of small neural networks. Graph networks use
// matrix products, elementwise functions, message passing over edge lists, the GRU cell and the
// Adam step. Convolutional networks use products of overlapping windows and functions on the
// channels of images.
//
// Matrices are row-major slices; a parameter named ld is the distance between the starts of two
// rows. Lengths are checked once per call. A mismatch panics, because it is a bug in the caller,
// never a property of the data. The indexes in edge lists are an exception: they are not checked;
// see [EdgeReLU].
//
// Every function is single-threaded, does not allocate in steady state, and may be called
// concurrently on data that does not overlap. Results depend only on the arguments and on the
// implementation chosen for the processor at start-up; the order of summation does not depend on
// scheduling or alignment.
//
// # Implementations
//
// There is assembly for AVX2 and AVX-512 on amd64, and for NEON on arm64, where every processor has
// it. Other processors, and programs built with the tag purego, use Go.
//
// All assembly kernels return bit-identical results, except that it is unspecified which NaN is returned. The
// tests check these rules against formulas in Go:
//
//   - An element of a matrix product is a chain of fused multiply-adds that starts at zero, in
//     ascending order of the depth k, and is then multiplied by alpha. Unless beta is zero, one more
//     fused multiply-add adds beta*C. A depth of more than 256 is divided into as few blocks of at
//     most 256 as possible, of nearly equal size, the larger ones first. The blocks are added to C
//     one after the other, with a beta of 1 from the second on.
//   - [Dot] and [Sum] keep four accumulators of 16 lanes. Vectors of 16 elements go to the
//     accumulators in turn. The vectors after the last four go to the first accumulator, and the
//     last elements, which do not fill a vector, to the second. Dot adds products by fused
//     multiply-adds. At the end, the second accumulator is added to the first, the fourth to the
//     third and the third to the first, whose upper half is added to its lower half until one lane
//     is left.
//   - Products are added by fused multiply-adds in [Axpy], [ScaleShift], [AddTaps], [Moments],
//     [SumProducts], [GateSum], [EdgeGate], [GRU], the moments of [Adam], and the polynomials and range
//     reductions of [Exp], [Sigmoid] and [Tanh]. All other operations are rounded one by one.
//   - Sums over rows and edges are taken in ascending order.
//   - [EdgeGemm] and [GemmSparse] may skip zeros, which can only change the sign of a zero.
//   - Rows may be cut anywhere: the last elements of a row are computed in the same way as the
//     others.
//
// The kernels in Go follow the same formulas but do not divide the depth into blocks. On some
// processors, such as arm64, the compiler fuses their multiplications and additions; on amd64 it
// does not. Their last digits therefore differ from those of the assembly and between processors.
package f32

//go:generate go -C asm run .
