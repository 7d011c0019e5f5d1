package report

import (
	"errors"
	"image/color"
	"io"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/graphpnas/graphpnas/examples/internal/program"
)

// Width is the width of a picture.
const Width = 24 * vg.Centimeter

// margin is what stays white around a picture.
const margin = vg.Length(7)

// Picture draws a picture of the given height on white and writes it twice: to path.png and to path.svg.
func Picture(path string, height vg.Length, paint func(draw.Canvas)) error {
	return errors.Join(picture(path, "png", height, paint), picture(path, "svg", height, paint))
}

func picture(path, format string, height vg.Length, paint func(draw.Canvas)) error {
	canvas, err := draw.NewFormattedCanvas(Width, height, format)
	if err != nil {
		return err
	}
	all := draw.New(canvas)
	all.SetColor(color.White)
	all.Fill(all.Rectangle.Path())
	paint(draw.Crop(all, margin, -margin, margin, -margin))
	return program.WriteFile(path+"."+format, func(w io.Writer) error {
		_, err := canvas.WriteTo(w)
		return err
	})
}
