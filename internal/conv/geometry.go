package conv

// Image is the size of an image.
type Image struct{ Height, Width, Channels int }

// Pixels is the number of pixels.
func (i Image) Pixels() int { return i.Height * i.Width }

// Len is the number of values.
func (i Image) Len() int { return i.Pixels() * i.Channels }

// every is the size of every so many-th pixel of each row and column.
func (i Image) every(stride int) Image {
	return Image{(i.Height + stride - 1) / stride, (i.Width + stride - 1) / stride, i.Channels}
}

// Window is how a square kernel moves over an image.
type Window struct {
	Size     int // pixels in height and in width
	Stride   int
	Padding  int // pixels of zeros on each side, fewer than the kernel spans
	Dilation int // distance of the pixels that it reads; 1: neighbours
}

// Span is how many pixels there are from the first that the kernel reads in a row to its last.
func (w Window) Span() int { return w.Dilation*(w.Size-1) + 1 }

// Over returns the size of what the kernel gives for an image, with so many channels.
func (w Window) Over(in Image, channels int) Image {
	out := func(n int) int { return (n+2*w.Padding-w.Span())/w.Stride + 1 }
	return Image{out(in.Height), out(in.Width), channels}
}

// pointwise tells whether every pixel is taken by itself.
func (w Window) pointwise() bool { return w.Size == 1 && w.Stride == 1 && w.Padding == 0 }

// mirrored is the window of the gradient in the input where the stride is 1: a convolution of the output's gradient.
func (w Window) mirrored() Window {
	w.Padding = w.Span() - 1 - w.Padding
	return w
}

// padded is an image between zeros, as kernels read it. Rows share their padding: to the right of one lies the left one
// of the next.
type padded struct {
	Image
	padding int
	pitch   int // pixels from row to row
	values  []float32
}

func padding(in Image, by int) padded {
	return padded{Image: in, padding: by, pitch: in.Width + by}
}

// len is the number of values.
func (p *padded) len() int {
	return ((p.Height+2*p.padding)*p.pitch + p.padding) * p.Channels
}

// at is where the pixel of a row and column is, both counted with the padding.
func (p *padded) at(row, column int) int { return (row*p.pitch + column) * p.Channels }

// fill copies an image in. The padding must be zero already.
func (p *padded) fill(x []float32) {
	n := p.Width * p.Channels
	for row := range p.Height {
		copy(p.values[p.at(row+p.padding, p.padding):][:n], x[row*n:])
	}
}
