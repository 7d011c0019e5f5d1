// Package f32 holds the single-precision kernels of a small graph neural
// network: matrix products, elementwise functions, the message passing over
// edge lists, the GRU cell and the Adam step. Convolutional networks have
// products of overlapping windows and functions down the channels of images.
//
// Matrices are row-major slices; a parameter named ld is the distance between
// the starts of two rows. Lengths are checked once a call and a mismatch
// panics: it is a bug of the caller, never a property of the data. Indexes
// inside edge lists are the exception: they are trusted, see [EdgeReLU].
//
// Every function is single-threaded, allocates nothing in steady state and may
// be called concurrently on data that does not overlap. Results are a pure
// function of the arguments and of the implementation chosen for the processor
// at start-up: no order of summation depends on scheduling or on alignment.
package f32

//go:generate go -C asm run .
