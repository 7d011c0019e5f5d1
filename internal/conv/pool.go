package conv

import (
	"math"

	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/nn"
)

// Pool is a pooling of square windows, every channel by itself. The output's size is the input's divided by the stride
// and rounded up; windows have as many pixels before the one that they stand for as behind it, or one less. Of a window
// that reaches beyond the image only what is inside counts.
type Pool struct {
	In           Image
	Size, Stride int
}

// Out is the size of the output.
func (p Pool) Out() Image { return p.In.every(p.Stride) }

// before is the number of pixels before the one that a window stands for.
func (p Pool) before() int { return (p.Size - 1) / 2 }

// inside returns which pixels of n, from lo to hi−1, a window covers.
func (p Pool) inside(window, n int) (lo, hi int) {
	lo = window*p.Stride - p.before()
	return max(0, lo), min(n, lo+p.Size)
}

// covered is how many pixels from left of the image to right of it the windows of a row cover.
func (p Pool) covered(out Image) int { return (out.Width-1)*p.Stride + p.Size }

// Average computes the means of n images.
func (p Pool) Average(n int, x, y []float32, arena *nn.Arena) {
	defer arena.Release(arena.Mark())
	out, c := p.Out(), p.In.Channels
	line, ones := arena.Zeros(max(p.covered(out), p.In.Width+p.before())*c), ones(p.Size*c, arena)
	inside, width := line[p.before()*c:][:p.In.Width*c], out.Width*c
	clear(y[:n*out.Len()])
	for i := range n {
		image := x[i*p.In.Len() : (i+1)*p.In.Len()]
		for oy := range out.Height {
			lo, hi := p.inside(oy, p.In.Height)
			copy(inside, image[lo*len(inside):])
			for row := lo + 1; row < hi; row++ {
				f32.Add(inside, inside, image[row*len(inside):][:len(inside)])
			}
			sums := y[i*out.Len()+oy*width:][:width]
			f32.AddTaps(out.Width, c, p.Size, line, p.Stride*c, c, ones, sums, c)
			p.divide(sums, hi-lo)
		}
	}
}

func ones(n int, arena *nn.Arena) []float32 {
	x := arena.Take(n)
	for i := range x {
		x[i] = 1
	}
	return x
}

// divide turns sums over windows of so many rows into means, those together that are of as many columns.
func (p Pool) divide(sums []float32, rows int) {
	c := p.In.Channels
	count := func(ox int) int {
		lo, hi := p.inside(ox, p.In.Width)
		return hi - lo
	}
	for ox, width := 0, len(sums)/c; ox < width; {
		end := ox + 1
		for end < width && count(end) == count(ox) {
			end++
		}
		f32.Scale(1/float32(rows*count(ox)), sums[ox*c:end*c])
		ox = end
	}
}

// AverageGrad computes the gradient in x for the gradient dy in the means, or adds it to dx.
func (p Pool) AverageGrad(n int, dy, dx []float32, add bool, arena *nn.Arena) {
	defer arena.Release(arena.Mark())
	out, c := p.Out(), p.In.Channels
	line, ones := arena.Take(max(p.covered(out), p.In.Width+p.before())*c), ones(p.Size*c, arena)
	inside, width := line[p.before()*c:][:p.In.Width*c], out.Width*c
	shares := arena.Take(width)
	if !add {
		clear(dx[:n*p.In.Len()])
	}
	for i := range n {
		image := dx[i*p.In.Len() : (i+1)*p.In.Len()]
		for oy := range out.Height {
			lo, hi := p.inside(oy, p.In.Height)
			copy(shares, dy[i*out.Len()+oy*width:])
			p.divide(shares, hi-lo)
			clear(line)
			for kx := range p.Size {
				f32.AddTaps(out.Width, c, 1, shares, c, 0, ones[:c], line[kx*c:], p.Stride*c)
			}
			for row := lo; row < hi; row++ {
				to := image[row*len(inside):][:len(inside)]
				f32.Add(to, to, inside)
			}
		}
	}
}

// Max computes the largest values of n images.
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

// MaxGrad computes the gradient in x for the gradient dy in the largest values y, or adds it to dx. Of equal values the
// first one, row after row, takes it.
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

// runs calls f for each column of the windows and the windows of a row that have it inside the image: count from ox on,
// in whose places the image's columns from the given one on lie. Where the stride is not 1 it names them one by one.
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
