package conv

import (
	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/nn"
)

// Depthwise is a convolution of every channel separately. Its weights have a row for each pixel of
// the kernel, in row order, with one weight for each channel.
type Depthwise struct {
	In Image
	Window
}

// Out returns the size of the output.
func (d Depthwise) Out() Image { return d.Over(d.In, d.In.Channels) }

// Weights returns the number of weights.
func (d Depthwise) Weights() int { return d.Size * d.Size * d.In.Channels }

// Scratch returns the maximum arena space of a pass, which does not depend on the number of images.
func (d Depthwise) Scratch() int {
	in, mirrored := padding(d.In, d.Padding), padding(d.Out(), d.mirrored().Padding)
	return max(nn.Space(in.len(), d.In.Channels), nn.Space(d.Weights(), mirrored.len()))
}

// Forward computes y for n images.
func (d Depthwise) Forward(n int, x, w, y []float32, arena *nn.Arena) {
	d.correlate(n, x, w, y, false, arena)
}

func (d Depthwise) correlate(n int, x, w, y []float32, add bool, arena *nn.Arena) {
	defer arena.Release(arena.Mark())
	in, out, channels := padding(d.In, d.Padding), d.Out(), d.In.Channels
	in.values = arena.Zeros(in.len())
	if !add {
		clear(y[:n*out.Len()])
	}
	width := out.Width * channels
	for i := range n {
		in.fill(x[i*d.In.Len() : (i+1)*d.In.Len()])
		image := y[i*out.Len() : (i+1)*out.Len()]
		for row := range out.Height {
			for ky := range d.Size {
				from := in.values[in.at(row*d.Stride+ky*d.Dilation, 0):]
				weights := w[ky*d.Size*channels:][:d.Size*channels]
				f32.AddTaps(out.Width, channels, d.Size, from, d.Stride*channels, d.Dilation*channels, weights, image[row*width:], channels)
			}
		}
	}
}

// InputGrad computes the gradient of x from the gradient dy of y. If add is set, it is added to dx.
func (d Depthwise) InputGrad(n int, dy, w, dx []float32, add bool, arena *nn.Arena) {
	defer arena.Release(arena.Mark())
	if d.Stride == 1 {
		turned, channels := arena.Take(d.Weights()), d.In.Channels
		for t, taps := 0, d.Size*d.Size; t < taps; t++ {
			copy(turned[(taps-1-t)*channels:][:channels], w[t*channels:])
		}
		mirror := Depthwise{In: d.Out(), Window: d.mirrored()}
		mirror.correlate(n, dy, turned, dx, add, arena)
		return
	}
	in, out, channels := padding(d.In, d.Padding), d.Out(), d.In.Channels
	in.values = arena.Take(in.len())
	width := out.Width * channels
	for i := range n {
		clear(in.values)
		image := dy[i*out.Len() : (i+1)*out.Len()]
		for row := range out.Height {
			for t := range d.Size * d.Size {
				to := in.values[in.at(row*d.Stride+t/d.Size*d.Dilation, t%d.Size*d.Dilation):]
				f32.AddTaps(out.Width, channels, 1, image[row*width:], channels, 0, w[t*channels:][:channels], to, d.Stride*channels)
			}
		}
		in.take(dx[i*d.In.Len():(i+1)*d.In.Len()], add)
	}
}

// WeightGrad computes the gradient of the weights.
func (d Depthwise) WeightGrad(n int, x, dy, dw []float32, arena *nn.Arena) {
	defer arena.Release(arena.Mark())
	in, out, channels := padding(d.In, d.Padding), d.Out(), d.In.Channels
	in.values = arena.Zeros(in.len())
	zero := arena.Zeros(channels)
	clear(dw)
	width := out.Width * channels
	for i := range n {
		in.fill(x[i*d.In.Len() : (i+1)*d.In.Len()])
		image := dy[i*out.Len() : (i+1)*out.Len()]
		for row := range out.Height {
			for t := range d.Size * d.Size {
				from := in.values[in.at(row*d.Stride+t/d.Size*d.Dilation, t%d.Size*d.Dilation):]
				f32.SumProducts(out.Width, channels, from, d.Stride*channels, zero, image[row*width:], channels, dw[t*channels:][:channels])
			}
		}
	}
}
