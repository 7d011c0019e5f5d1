// Package conv holds the forward and backward passes of convolutional networks on images: functions on slices of float32
// with hand-written derivatives, no tape and no allocation in steady state.
//
// An image lies pixel after pixel, row after row, each pixel's channels behind one another; a batch is image after
// image. So a convolution is a product of matrices, and what belongs to a channel belongs to a column.
//
// Every function takes a number of images and works in the caller's goroutine: a batch is cut into pieces, which are
// independent but for batch normalisation's moments and for the gradients of weights. Those are summed by the caller, in
// an order of its own.
package conv
