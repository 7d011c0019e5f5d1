// Package f32 holds the single-precision kernels of small neural networks: matrix products, elementwise functions, message
// passing over edge lists, the GRU cell and the Adam step, and for convolutional networks products of overlapping windows and
// functions of the channels of images.
//
// Matrices are row-major slices; a parameter named ld is the distance between the starts of two rows. Each call checks the
// lengths of its arguments and panics if they do not match, because that is a bug in the caller. Indexes in edge lists are not
// checked, see [EdgeReLU].
//
// Every function is single-threaded, allocates nothing in steady state and may be called concurrently on data that does not
// overlap. Its results depend only on the arguments and on the implementation chosen for the processor at start-up: no order of
// summation depends on scheduling or alignment.
//
// # Implementations
//
// There is assembly for AVX2 and AVX-512 on amd64 and for NEON on arm64, where it is part of every processor. Other processors,
// and programs built with the tag purego, use Go.
//
// All assembly returns the same results to the bit, except for [Dot] and [Sum], whose AVX-512 version differs from the other
// two. Which NaN is returned is unspecified. The tests check these rules against formulas in Go:
//
//   - An element of a matrix product is a chain of fused multiply-adds that starts at zero, in ascending order of the depth k,
//     and is then multiplied by alpha. Unless beta is zero, beta*C is added to it by one more fused multiply-add. A depth of
//     more than 256 is cut into the smallest number of blocks of at most 256, of nearly equal size and the larger ones first;
//     the blocks are added to C one after the other, with a beta of 1 from the second on.
//   - Dot and Sum keep four accumulators of 8 lanes, of 16 with AVX-512. Vectors go to the accumulators in turn; those after
//     the last four, to the first one; the last elements that do not fill a vector, to the second one. Dot adds products by
//     fused multiply-adds. At the end the second accumulator is added to the first, the fourth to the third and the third to
//     the first, whose upper half is added to its lower half until one lane is left.
//   - Adding a product is a fused multiply-add in [Axpy], [ScaleShift], [AddTaps], [Moments], [SumProducts], [GateSum], [GRU],
//     in the moments of [Adam] and in the polynomials and range reductions of [Exp], [Sigmoid] and [Tanh]. All other
//     operations are rounded one by one.
//   - Sums over rows and edges are taken in ascending order.
//   - Rows may be cut anywhere: the last elements of a row are computed in the same way as the others.
//
// The kernels in Go follow the same formulas without blocks of the depth. The compiler fuses their multiplications and
// additions on some processors, arm64 among them, but not on amd64, so their last digits differ from the assembly's and from
// one processor to another.
package f32

//go:generate go -C asm run .
