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
package f32

//go:generate go -C asm run .
