package conv

import "github.com/graphpnas/graphpnas/internal/f32"

// CopyChannels copies, or adds, the first channels of m pixels from src to dst. Pixels are lds
// values apart in src and ldd values apart in dst.
func CopyChannels(m, channels int, src []float32, lds int, dst []float32, ldd int, add bool) {
	if channels == lds && channels == ldd {
		if add {
			f32.Add(dst[:m*channels], dst[:m*channels], src[:m*channels])
		} else {
			copy(dst[:m*channels], src)
		}
		return
	}
	for i := range m {
		from, to := src[i*lds:][:channels], dst[i*ldd:][:channels]
		if add {
			f32.Add(to, to, from)
		} else {
			copy(to, from)
		}
	}
}

// Stride selects every Step-th pixel of each row and column, starting at the given one. The size of
// the output is that of the input divided by Step, rounded up; pixels beyond the image are zero.
type Stride struct {
	In         Image
	Step, From int
}

// Out returns the size of the output.
func (s Stride) Out() Image { return s.In.every(s.Step) }

// Forward computes y for n images.
func (s Stride) Forward(n int, x, y []float32) {
	clear(y[:n*s.Out().Len()])
	s.pixels(n, func(in, out int) { copy(y[out:out+s.In.Channels], x[in:]) })
}

// InputGrad computes the gradient of x from the gradient dy of y. If add is set, it is added to dx.
func (s Stride) InputGrad(n int, dy, dx []float32, add bool) {
	if !add {
		clear(dx[:n*s.In.Len()])
	}
	c := s.In.Channels
	s.pixels(n, func(in, out int) { f32.Add(dx[in:in+c], dx[in:in+c], dy[out:out+c]) })
}

// pixels calls f for every selected pixel with its offsets in the input and in the output.
func (s Stride) pixels(n int, f func(in, out int)) {
	o := s.Out()
	for i := range n {
		for oy := range o.Height {
			for ox := range o.Width {
				y, x := oy*s.Step+s.From, ox*s.Step+s.From
				if y < s.In.Height && x < s.In.Width {
					f(i*s.In.Len()+(y*s.In.Width+x)*s.In.Channels, i*o.Len()+(oy*o.Width+ox)*o.Channels)
				}
			}
		}
	}
}

// Mean computes the mean over the pixels of each of n images, channel by channel.
func Mean(n int, in Image, x, y []float32) {
	for i := range n {
		means := y[i*in.Channels : (i+1)*in.Channels]
		clear(means)
		f32.SumRows(in.Pixels(), in.Channels, x[i*in.Len():(i+1)*in.Len()], in.Channels, means)
		f32.Scale(1/float32(in.Pixels()), means)
	}
}

// MeanGrad computes the gradient of x from the gradient dy of the means. If add is set, it is added
// to dx.
func MeanGrad(n int, in Image, dy, dx []float32, add bool) {
	share := 1 / float32(in.Pixels())
	for i := range n {
		image := dx[i*in.Len() : (i+1)*in.Len()]
		if !add {
			clear(image)
		}
		for at := 0; at < len(image); at += in.Channels {
			f32.Axpy(share, dy[i*in.Channels:(i+1)*in.Channels], image[at:at+in.Channels])
		}
	}
}

// FromPlanes converts n images from planar layout, one channel after another, as in files and
// PyTorch.
func FromPlanes(n int, in Image, planes, x []float32) {
	for i := range n {
		f32.Transpose(in.Channels, in.Pixels(), planes[i*in.Len():(i+1)*in.Len()], in.Pixels(), x[i*in.Len():], in.Channels)
	}
}
