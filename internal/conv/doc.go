// Package conv implements the forward and backward passes of convolutional networks on images, as
// functions on slices of float32 with hand-written derivatives. There is no tape and no allocation
// in steady state.
//
// An image is stored pixel by pixel in row order, with the channels of each pixel together; a batch
// is stored image by image. A convolution is therefore a matrix product, and a channel is a column.
//
// Every function takes a number of images and runs in the caller's goroutine. A batch is divided
// into pieces, which are independent except for the moments of batch normalization and the
// gradients of weights. The caller sums those in a fixed order.
package conv
