package draw

import (
	"cmp"
	"image"
	"image/color"
	"io"
	"math"

	xfont "golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
)

const (
	defaultScale = 2
	// maxPixels limits the memory for a PNG, at 4 bytes per pixel.
	maxPixels = 64_000_000
)

// writePNG writes the picture with the given number of pixels per unit.
func (p *picture) writePNG(w io.Writer, scale float64) error {
	scale = p.scale(scale)
	width, height := math.Ceil(p.width*scale), math.Ceil(p.height*scale)
	c := raster{
		faces: map[style]xfont.Face{},
		Canvas: vgimg.NewWith(vgimg.UseWH(vg.Length(width), vg.Length(height)), vgimg.UseDPI(int(vg.Inch.Points())),
			vgimg.UseBackgroundColor(p.background)),
		height: height,
		scale:  scale,
	}
	for _, s := range p.shapes {
		switch s := s.(type) {
		case box:
			c.box(s)
		case line:
			c.line(s)
		case arrow:
			c.fill(s.fill, c.path(s.corners[0], []step{{to: s.corners[1]}, {to: s.corners[2]}}, true))
		case label:
			c.label(s)
		}
	}
	return encodePNG(w, c.Image().(*image.RGBA))
}

// scale returns the number of pixels per unit for the value of the option.
func (p *picture) scale(option float64) float64 {
	return min(cmp.Or(option, defaultScale), math.Sqrt(maxPixels/(p.width*p.height)))
}

// raster draws on an image whose origin is the lower left corner.
type raster struct {
	*vgimg.Canvas
	faces  map[style]xfont.Face
	height float64 // in pixels
	scale  float64
}

func (c raster) at(p point) vg.Point {
	return vg.Point{X: vg.Length(p.x * c.scale), Y: vg.Length(c.height - p.y*c.scale)}
}

func (c raster) path(start point, steps []step, closed bool) vg.Path {
	var path vg.Path
	path.Move(c.at(start))
	for _, s := range steps {
		if s.curved {
			path.CubeTo(c.at(s.control), c.at(s.control2), c.at(s.to))
		} else {
			path.Line(c.at(s.to))
		}
	}
	if closed {
		path.Close()
	}
	return path
}

func (c raster) fill(fill color.RGBA, path vg.Path) {
	if fill.A == 0 {
		return
	}
	c.SetColor(fill)
	c.Fill(path)
}

func (c raster) stroke(stroke color.RGBA, width float64, dash []float64, path vg.Path) {
	if stroke.A == 0 {
		return
	}
	pattern := make([]vg.Length, len(dash))
	for i, d := range dash {
		pattern[i] = vg.Length(d * c.scale)
	}
	c.SetColor(stroke)
	c.SetLineWidth(vg.Length(width * c.scale))
	c.SetLineDash(pattern, 0)
	c.Stroke(path)
}

func (c raster) line(l line) { c.stroke(l.stroke, l.width, l.dash, c.path(l.start, l.steps, false)) }

// bend is the distance of a Bézier curve's control points from the ends of a quarter circle with
// radius 1.
const bend = 0.5523

func (c raster) box(b box) {
	r := min(b.radius, b.width/2, b.height/2)
	left, top, right, bottom := b.x, b.y, b.x+b.width, b.y+b.height
	near := r * (1 - bend)
	path := c.path(point{left + r, top}, []step{
		{to: point{right - r, top}},
		{true, point{right - near, top}, point{right, top + near}, point{right, top + r}},
		{to: point{right, bottom - r}},
		{true, point{right, bottom - near}, point{right - near, bottom}, point{right - r, bottom}},
		{to: point{left + r, bottom}},
		{true, point{left + near, bottom}, point{left, bottom - near}, point{left, bottom - r}},
		{to: point{left, top + r}},
		{true, point{left, top + near}, point{left + near, top}, point{left + r, top}},
	}, true)
	c.fill(b.fill, path)
	if b.dashed {
		c.stroke(b.stroke, 2, []float64{4, 3}, path)
	} else {
		c.stroke(b.stroke, 1, nil, path)
	}
}

// label draws text directly on the image, because the canvas would create a font for each label and
// transform each character.
func (c raster) label(l label) {
	at := l.at
	if l.centered {
		at.x -= l.font.width(l.text) / 2
	}
	size := style{l.font.size * c.scale, l.font.bold}
	face, ok := c.faces[size]
	if !ok {
		of := size.face()
		face = of.FontFace(c.DPI())
		c.faces[size] = face
	}
	text := xfont.Drawer{Dst: c.Image(), Src: image.NewUniform(l.fill), Face: face, Dot: fixed.Point26_6{
		X: fixed.Int26_6(math.Round(at.x * c.scale * 64)), Y: fixed.Int26_6(math.Round(at.y * c.scale * 64)),
	}}
	text.DrawString(l.text)
}
