package conv

import (
	"math"

	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/nn"
)

// Pool is pooling over square windows, for every channel separately. The size of the output is that
// of the input divided by the stride, rounded up. Windows are centered on their pixel; if their
// size is even, they extend one pixel less before it than after it. Pixels outside the image are
// ignored.
type Pool struct {
	In           Image
	Size, Stride int
}

// Out returns the size of the output.
func (p Pool) Out() Image { return p.In.every(p.Stride) }

// before returns the number of pixels before the center of a window.
func (p Pool) before() int { return (p.Size - 1) / 2 }

// inside returns the range lo to hi−1 of n pixels that a window covers.
func (p Pool) inside(window, n int) (lo, hi int) {
	lo = window*p.Stride - p.before()
	return max(0, lo), min(n, lo+p.Size)
}

// Scratch returns the maximum arena space of a pass, for averages or maxima, which does not depend
// on the number of images.
func (p Pool) Scratch() int {
	c, width := p.In.Channels, p.Out().Width*p.In.Channels
	return nn.Space(p.covered()*c, p.Size*c, width, width, width)
}

// Average computes the averages for n images.
func (p Pool) Average(n int, x, y []float32, arena *nn.Arena) {
	defer arena.Release(arena.Mark())
	a := p.newAverage(arena)
	clear(y[:n*a.out.Len()])
	for i := range n {
		image := x[i*p.In.Len() : (i+1)*p.In.Len()]
		for oy := range a.out.Height {
			lo, hi := p.inside(oy, p.In.Height)
			copy(a.inside, image[lo*len(a.inside):])
			for row := lo + 1; row < hi; row++ {
				f32.Add(a.inside, a.inside, image[row*len(a.inside):][:len(a.inside)])
			}
			means := y[i*a.out.Len()+oy*a.width:][:a.width]
			f32.AddTaps(a.out.Width, a.out.Channels, p.Size, a.line, p.Stride*a.out.Channels, a.out.Channels, a.ones, means, a.out.Channels)
			a.divide(means, means, hi-lo)
		}
	}
}

// AverageGrad computes the gradient of x from the gradient dy of the averages. If add is set, it is
// added to dx.
func (p Pool) AverageGrad(n int, dy, dx []float32, add bool, arena *nn.Arena) {
	defer arena.Release(arena.Mark())
	a, c := p.newAverage(arena), p.In.Channels
	shares := arena.Take(a.width)
	if !add {
		clear(dx[:n*p.In.Len()])
	}
	for i := range n {
		image := dx[i*p.In.Len() : (i+1)*p.In.Len()]
		for oy := range a.out.Height {
			lo, hi := p.inside(oy, p.In.Height)
			a.divide(dy[i*a.out.Len()+oy*a.width:][:a.width], shares, hi-lo)
			clear(a.line)
			for kx := range p.Size {
				f32.AddTaps(a.out.Width, c, 1, shares, c, 0, a.ones[:c], a.line[kx*c:], p.Stride*c)
			}
			for row := lo; row < hi; row++ {
				to := image[row*len(a.inside):][:len(a.inside)]
				f32.Add(to, to, a.inside)
			}
		}
	}
}

// average holds the working memory of average pooling.
type average struct {
	out          Image
	width        int       // number of values of an output row
	line, inside []float32 // everything that the windows of a row cover, initially zeros, and the part of it inside the image
	ones         []float32 // weights of the pixels in a row of a window
	columns      []float32 // for each value of an output row, one divided by the number of its window's columns inside the image
	zeros        []float32 // zeros of the same length
}

func (p Pool) newAverage(arena *nn.Arena) average {
	out, c := p.Out(), p.In.Channels
	a := average{
		out: out, width: out.Width * c, line: arena.Zeros(p.covered() * c), ones: arena.Take(p.Size * c),
		columns: arena.Take(out.Width * c), zeros: arena.Zeros(out.Width * c),
	}
	a.inside = a.line[p.before()*c:][:p.In.Width*c]
	for i := range a.ones {
		a.ones[i] = 1
	}
	for i := range a.columns {
		lo, hi := p.inside(i/c, p.In.Width)
		a.columns[i] = 1 / float32(hi-lo)
	}
	return a
}

// covered returns the number of columns that the windows of a row and the image cover.
func (p Pool) covered() int { return max((p.Out().Width-1)*p.Stride+p.Size, p.In.Width+p.before()) }

// divide converts sums over windows to means, for an output row whose windows have the given number
// of rows.
func (a average) divide(sums, means []float32, rows int) {
	f32.ScaleShift(1, a.width, sums, a.width, a.columns, a.zeros, means, a.width)
	f32.Scale(1/float32(rows), means)
}

// Max computes the maxima for n images.
func (p Pool) Max(n int, x, y []float32, arena *nn.Arena) {
	defer arena.Release(arena.Mark())
	out, c := p.Out(), p.In.Channels
	line, width := arena.Take(p.In.Width*c), out.Width*c
	for i := range n {
		image := x[i*p.In.Len() : (i+1)*p.In.Len()]
		for oy := range out.Height {
			lo, hi := p.inside(oy, p.In.Height)
			copy(line, image[lo*len(line):])
			for row := lo + 1; row < hi; row++ {
				f32.Max(line, line, image[row*len(line):][:len(line)])
			}
			best := y[i*out.Len()+oy*width:][:width]
			for j := range best {
				best[j] = float32(math.Inf(-1))
			}
			p.runs(out, func(ox, column, count int) {
				part := best[ox*c : (ox+count)*c]
				f32.Max(part, part, line[column*c:(column+count)*c])
			})
		}
	}
}

// MaxGrad computes the gradient of x from the gradient dy of the maxima y. If add is set, it is
// added to dx. Of equal values, the first in row order gets the gradient.
func (p Pool) MaxGrad(n int, x, y, dy, dx []float32, add bool, arena *nn.Arena) {
	defer arena.Release(arena.Mark())
	if !add {
		clear(dx[:n*p.In.Len()])
	}
	out, c := p.Out(), p.In.Channels
	line, width := p.In.Width*c, out.Width*c
	rest := arena.Take(width)
	for i := range n {
		for oy := range out.Height {
			at := i*out.Len() + oy*width
			best := y[at:][:width]
			copy(rest, dy[at:])
			for row, hi := p.inside(oy, p.In.Height); row < hi; row++ {
				from := i*p.In.Len() + row*line
				p.runs(out, func(ox, column, count int) {
					lo, n := from+column*c, count*c
					f32.TakeEqual(x[lo:lo+n], best[ox*c:][:n], rest[ox*c:][:n], dx[lo:lo+n])
				})
			}
		}
	}
}

// runs calls f for each column of the windows with the windows of a row that have it inside the
// image: count windows from ox on, which read the image's columns from the given one on. If the
// stride is not 1, it calls f for each window separately.
func (p Pool) runs(out Image, f func(ox, column, count int)) {
	for kx := range p.Size {
		if p.Stride == 1 {
			lo := max(0, p.before()-kx)
			if count := min(out.Width, p.In.Width+p.before()-kx) - lo; count > 0 {
				f(lo, lo+kx-p.before(), count)
			}
			continue
		}
		for ox := range out.Width {
			if column := ox*p.Stride + kx - p.before(); column >= 0 && column < p.In.Width {
				f(ox, column, 1)
			}
		}
	}
}
