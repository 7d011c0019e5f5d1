package conv

// Image is the size of an image.
type Image struct{ Height, Width, Channels int }

// Pixels returns the number of pixels.
func (i Image) Pixels() int { return i.Height * i.Width }

// Len returns the number of values.
func (i Image) Len() int { return i.Pixels() * i.Channels }

// every returns the size of the image made of every stride-th pixel of each row and column.
func (i Image) every(stride int) Image {
	return Image{(i.Height + stride - 1) / stride, (i.Width + stride - 1) / stride, i.Channels}
}

// Window describes how a square kernel moves over an image.
type Window struct {
	Size     int // height and width in pixels
	Stride   int
	Padding  int // zero pixels on each side, fewer than the kernel spans
	Dilation int // distance between the pixels it reads; 1 means adjacent
}

// Span returns the number of pixels from the first that the kernel reads in a row to the last.
func (w Window) Span() int { return w.Dilation*(w.Size-1) + 1 }

// Over returns the size of the kernel's output for an image, with the given number of channels.
func (w Window) Over(in Image, channels int) Image {
	out := func(n int) int { return (n+2*w.Padding-w.Span())/w.Stride + 1 }
	return Image{out(in.Height), out(in.Width), channels}
}

// pointwise reports whether the kernel reads every pixel separately.
func (w Window) pointwise() bool { return w.Size == 1 && w.Stride == 1 && w.Padding == 0 }

// mirrored returns the window of the input gradient for stride 1, which is a convolution of the
// output gradient.
func (w Window) mirrored() Window {
	w.Padding = w.Span() - 1 - w.Padding
	return w
}

// padded is an image with zero padding, as kernels read it. Rows share their padding: the right
// padding of one row is the left padding of the next.
type padded struct {
	Image
	padding int
	pitch   int // distance between rows in pixels
	values  []float32
}

func padding(in Image, by int) padded {
	return padded{Image: in, padding: by, pitch: in.Width + by}
}

// len returns the number of values.
func (p *padded) len() int {
	return ((p.Height+2*p.padding)*p.pitch + p.padding) * p.Channels
}

// at returns the offset of the pixel at a row and column, both counted including the padding.
func (p *padded) at(row, column int) int { return (row*p.pitch + column) * p.Channels }

// fill copies an image to the interior. The padding must already be zero.
func (p *padded) fill(x []float32) {
	n := p.Width * p.Channels
	for row := range p.Height {
		copy(p.values[p.at(row+p.padding, p.padding):][:n], x[row*n:])
	}
}
