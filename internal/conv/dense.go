package conv

import (
	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/nn"
)

// Dense is a convolution over all channels. Its weights are a matrix with a row for each pixel of
// the kernel, in row order, and each input channel, and a column for each output channel.
type Dense struct {
	In       Image
	Channels int // number of output channels
	Window
}

// Out returns the size of the output.
func (d Dense) Out() Image { return d.Over(d.In, d.Channels) }

// Weights returns the number of weights.
func (d Dense) Weights() int { return d.Size * d.Size * d.In.Channels * d.Channels }

// Scratch returns the maximum arena space of a pass, which does not depend on the number of images.
func (d Dense) Scratch() int {
	if d.pointwise() {
		return 0
	}
	in, mirrored := padding(d.In, d.Padding), padding(d.Out(), d.mirrored().Padding)
	return max(
		nn.Space(in.len(), max(blockValues, in.pitch*d.Channels)),
		nn.Space(mirrored.len(), max(blockValues, mirrored.pitch*d.In.Channels)),
		nn.Space(in.len(), d.Out().Height*in.pitch*d.Channels),
	)
}

// Forward computes y for n images.
func (d Dense) Forward(n int, x, w, y []float32, arena *nn.Arena) {
	if d.pointwise() {
		m := n * d.In.Pixels()
		f32.Gemm(false, false, m, d.Channels, d.In.Channels, 1, x, d.In.Channels, w, d.Channels, 0, y, d.Channels)
		return
	}
	d.correlate(n, x, w, y, false, arena)
}

// Transpose rearranges weights for InputGrad.
func (d Dense) Transpose(w, wt []float32) {
	taps, size := d.Size*d.Size, d.In.Channels*d.Channels
	for t := range taps {
		to := t
		if d.Stride == 1 {
			to = taps - 1 - t
		}
		f32.Transpose(d.In.Channels, d.Channels, w[t*size:], d.Channels, wt[to*size:], d.In.Channels)
	}
}

// InputGrad computes the gradient of x from the gradient dy of y. If add is set, it is added to dx.
// wt holds the weights as rearranged by Transpose.
func (d Dense) InputGrad(n int, dy, wt, dx []float32, add bool, arena *nn.Arena) {
	switch {
	case d.pointwise():
		m := n * d.In.Pixels()
		f32.Gemm(false, false, m, d.In.Channels, d.Channels, 1, dy, d.Channels, wt, d.In.Channels, betaOf(add), dx, d.In.Channels)
	case d.Stride == 1:
		mirror := Dense{In: d.Out(), Channels: d.In.Channels, Window: d.mirrored()}
		mirror.correlate(n, dy, wt, dx, add, arena)
	default:
		d.scatter(n, dy, wt, dx, add, arena)
	}
}

func betaOf(add bool) float32 {
	if add {
		return 1
	}
	return 0
}

// blockValues is the number of values of a result that are processed at a time, to stay in the
// first-level cache.
const blockValues = 1 << 13

// correlate computes y, or adds to it, image by image.
func (d Dense) correlate(n int, x, w, y []float32, add bool, arena *nn.Arena) {
	defer arena.Release(arena.Mark())
	in, out := padding(d.In, d.Padding), d.Out()
	in.values = arena.Zeros(in.len())
	// With stride 1, the windows of several rows are one product, which also computes values between
	// the rows.
	rows := 1
	if d.Stride == 1 {
		rows = min(max(1, blockValues/(in.pitch*d.Channels)), out.Height)
	}
	block := arena.Take(rows * in.pitch * d.Channels)
	width := out.Width * d.Channels
	for i := range n {
		in.fill(x[i*d.In.Len() : (i+1)*d.In.Len()])
		image := y[i*out.Len() : (i+1)*out.Len()]
		for top := 0; top < out.Height; top += rows {
			count := min(rows, out.Height-top)
			d.products(&in, top, (count-1)*in.pitch+out.Width, w, block)
			for r := range count {
				dst, src := image[(top+r)*width:][:width], block[r*in.pitch*d.Channels:][:width]
				if add {
					f32.Add(dst, dst, src)
				} else {
					copy(dst, src)
				}
			}
		}
	}
}

// products computes m windows from the start of an output row on.
func (d Dense) products(in *padded, row, m int, w, y []float32) {
	d.runs(func(ky, kx, taps, weights int) {
		a := in.values[in.at(row*d.Stride+ky*d.Dilation, kx*d.Dilation):]
		f32.GemmWindows(false, m, d.Channels, taps*d.In.Channels, a, d.Stride*d.In.Channels, w[weights:], d.Channels,
			betaOf(weights > 0), y, d.Channels)
	})
}

// runs calls f for groups of adjacent kernel pixels: a row, or a single pixel if the kernel is
// dilated. weights is the offset of their weights.
func (d Dense) runs(f func(ky, kx, taps, weights int)) {
	taps := d.Size
	if d.Dilation > 1 {
		taps = 1
	}
	for ky := range d.Size {
		for kx := 0; kx < d.Size; kx += taps {
			f(ky, kx, taps, (ky*d.Size+kx)*d.In.Channels*d.Channels)
		}
	}
}

// scatter is InputGrad for strides other than 1. Each kernel pixel has its own product, whose rows
// are the stride apart in the input.
func (d Dense) scatter(n int, dy, wt, dx []float32, add bool, arena *nn.Arena) {
	defer arena.Release(arena.Mark())
	in, out, size := padding(d.In, d.Padding), d.Out(), d.In.Channels*d.Channels
	in.values = arena.Take(in.len())
	width := out.Width * d.Channels
	for i := range n {
		clear(in.values)
		image := dy[i*out.Len() : (i+1)*out.Len()]
		for row := range out.Height {
			for t := range d.Size * d.Size {
				to := in.values[in.at(row*d.Stride+t/d.Size*d.Dilation, t%d.Size*d.Dilation):]
				f32.Gemm(false, false, out.Width, d.In.Channels, d.Channels, 1, image[row*width:], d.Channels,
					wt[t*size:], d.In.Channels, 1, to, d.Stride*d.In.Channels)
			}
		}
		in.take(dx[i*d.In.Len():(i+1)*d.In.Len()], add)
	}
}

// take copies the image to dst, or adds it.
func (p *padded) take(dst []float32, add bool) {
	n := p.Width * p.Channels
	for row := range p.Height {
		to, from := dst[row*n:][:n], p.values[p.at(row+p.padding, p.padding):][:n]
		if add {
			f32.Add(to, to, from)
		} else {
			copy(to, from)
		}
	}
}

// WeightGrad computes the gradient of the weights.
func (d Dense) WeightGrad(n int, x, dy, dw []float32, arena *nn.Arena) {
	if d.pointwise() {
		f32.Gemm(true, false, d.In.Channels, d.Channels, n*d.In.Pixels(), 1, x, d.In.Channels, dy, d.Channels, 0, dw, d.Channels)
		return
	}
	defer arena.Release(arena.Mark())
	in, out := padding(d.In, d.Padding), d.Out()
	in.values = arena.Zeros(in.len())
	// With stride 1, the rows are one product, with zeros between the rows.
	spread := padded{Image: out, pitch: out.Width}
	if d.Stride == 1 {
		spread.pitch = in.pitch
		spread.values = arena.Zeros(spread.len())
	}
	clear(dw)
	for i := range n {
		in.fill(x[i*d.In.Len() : (i+1)*d.In.Len()])
		image := dy[i*out.Len() : (i+1)*out.Len()]
		if d.Stride > 1 {
			for row := range out.Height {
				d.addWeightGrad(&in, row, out.Width, image[row*out.Width*d.Channels:], dw)
			}
			continue
		}
		spread.fill(image)
		d.addWeightGrad(&in, 0, (out.Height-1)*in.pitch+out.Width, spread.values, dw)
	}
}

// addWeightGrad adds the contribution of m windows from the start of an output row on.
func (d Dense) addWeightGrad(in *padded, row, m int, dy, dw []float32) {
	d.runs(func(ky, kx, taps, weights int) {
		a := in.values[in.at(row*d.Stride+ky*d.Dilation, kx*d.Dilation):]
		f32.GemmWindows(true, taps*d.In.Channels, d.Channels, m, a, d.Stride*d.In.Channels, dy, d.Channels, 1, dw[weights:], d.Channels)
	})
}
