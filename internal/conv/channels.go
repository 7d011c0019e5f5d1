package conv

import "github.com/graphpnas/graphpnas/internal/f32"

// CopyChannels copies m pixels of so many channels from pixels that lie lds values apart to such that lie ldd apart, or
// adds them.
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

// Stride takes every so many-th pixel of each row and column, from the given one on. The output's size is the input's
// divided by the stride and rounded up; pixels beyond the image are zero.
type Stride struct {
	In         Image
	Step, From int
}

// Out is the size of the output.
func (s Stride) Out() Image { return s.In.every(s.Step) }

// Forward computes y of n images.
func (s Stride) Forward(n int, x, y []float32) {
	clear(y[:n*s.Out().Len()])
	s.pixels(n, func(in, out int) { copy(y[out:out+s.In.Channels], x[in:]) })
}

// InputGrad computes the gradient in x for the gradient dy in y, or adds it to dx.
func (s Stride) InputGrad(n int, dy, dx []float32, add bool) {
	if !add {
		clear(dx[:n*s.In.Len()])
	}
	c := s.In.Channels
	s.pixels(n, func(in, out int) { f32.Add(dx[in:in+c], dx[in:in+c], dy[out:out+c]) })
}

// pixels calls f for every pixel that is taken: where it begins in the input and in the output.
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

// MeanGrad computes the gradient in x for the gradient dy in the means, or adds it to dx.
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

// FromPlanes lays n images out that come channel by channel, as files and PyTorch have them.
func FromPlanes(n int, in Image, planes, x []float32) {
	for i := range n {
		f32.Transpose(in.Channels, in.Pixels(), planes[i*in.Len():(i+1)*in.Len()], in.Pixels(), x[i*in.Len():], in.Channels)
	}
}
