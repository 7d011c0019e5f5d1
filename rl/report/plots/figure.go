// Package plots draws figures of searches for papers: the best value against evaluations or time, ranks and regrets, fronts,
// hypervolumes, and promotions between budgets.
//
//	figure := plots.Best("Digits", "accuracy (%)", plots.Searches{Name: "ours", Histories: ours}, plots.Searches{Name: "random", Histories: random})
//	err := figure.Save("best.pdf")
//
// A [Figure] is written as PNG, SVG or PDF. The legend is beside the plot. Each method has its own color,
// dashes and marker, so methods are distinguishable in grayscale and with any kind of color blindness.
package plots

import (
	"fmt"
	"image/color"
	"io"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	_ "gonum.org/v1/plot/vg/vgimg" // PNG
	_ "gonum.org/v1/plot/vg/vgpdf" // PDF
	_ "gonum.org/v1/plot/vg/vgsvg" // SVG
)

const (
	width  = 24 * vg.Centimeter
	margin = vg.Length(7) // white space around a figure
)

// Figure is a drawing that can be written as PNG, SVG or PDF.
type Figure struct {
	height vg.Length
	paint  func(draw.Canvas)
}

// Write writes the figure to w. The format is "png", "svg" or "pdf".
func (f *Figure) Write(w io.Writer, format string) error {
	switch format {
	case "png", "svg", "pdf":
	default:
		return fmt.Errorf("writing a figure: the format must be png, svg or pdf, got %q", format)
	}
	canvas, err := draw.NewFormattedCanvas(width, f.height, format)
	if err != nil {
		return fmt.Errorf("writing a figure: %w", err)
	}
	all := draw.New(canvas)
	all.SetColor(color.White)
	all.Fill(all.Rectangle.Path())
	f.paint(draw.Crop(all, margin, -margin, margin, -margin))
	if _, err := canvas.WriteTo(w); err != nil {
		return fmt.Errorf("writing a figure: %w", err)
	}
	return nil
}

// Save writes the figure to a file. The extension .png, .svg or .pdf selects the format.
func (f *Figure) Save(path string) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if closing := file.Close(); err == nil {
			err = closing
		}
	}()
	return f.Write(file, strings.ToLower(strings.TrimPrefix(filepath.Ext(path), ".")))
}
