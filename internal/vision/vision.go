// Package vision computes how colors look: how light they are, how well they stand out, and how
// different they are to people without one kind of cone. The standard library has none of these
// published formulas.
package vision

import (
	"image/color"
	"math"
)

// Simulation maps linear intensities of red, green and blue to those that a person without one kind
// of cone sees.
type Simulation [3][3]float64

// Simulations contains the matrices of Machado, Oliveira and Fernandes 2009 (A physiologically-based
// model for simulation of color vision deficiency, IEEE TVCG 15(6), table 1) at severity 1, and
// normal vision.
var Simulations = map[string]Simulation{
	"normal":       {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
	"tritanopia":   {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
}

// see returns the linear intensities of a color in the simulation.
func (s Simulation) see(c color.RGBA) (rgb [3]float64) {
	in := [3]float64{linear(c.R), linear(c.G), linear(c.B)}
	for i, row := range s {
		for k := range row {
			rgb[i] += row[k] * in[k]
		}
		rgb[i] = min(max(rgb[i], 0), 1)
	}
	return rgb
}

// Distance returns the difference between two colors in a simulation: the Euclidean distance in CIELAB (ΔE of
// 1976) under illuminant D65. Adjacent colors look different from about 2.3 on; thin lines and small markers
// need several times that.
func (s Simulation) Distance(a, b color.RGBA) float64 {
	la, lb := lab(s.see(a)), lab(s.see(b))
	return math.Hypot(math.Hypot(la[0]-lb[0], la[1]-lb[1]), la[2]-lb[2])
}

// Lightness returns the lightness L* of a color, which is what remains of it in grayscale, from 0
// (black) to 100 (white).
func Lightness(c color.RGBA) float64 { return lab(Simulations["normal"].see(c))[0] }

// Contrast returns the contrast ratio of two colors (WCAG 2.1), from 1 to 21. Text needs 4.5, and lines and
// markers need 3.
func Contrast(a, b color.RGBA) float64 {
	la, lb := Luminance(a), Luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// Luminance returns the relative luminance of a color (WCAG 2.1), from 0 to 1.
func Luminance(c color.RGBA) float64 {
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// linear converts an sRGB channel to an intensity from 0 to 1.
func linear(channel uint8) float64 {
	c := float64(channel) / 255
	if c <= 0.04045 {
		return c / 12.92
	}
	return math.Pow((c+0.055)/1.055, 2.4)
}

// lab returns the CIELAB coordinates of linear intensities.
func lab(rgb [3]float64) [3]float64 {
	f := func(t float64) float64 {
		if t > 216.0/24389 {
			return math.Cbrt(t)
		}
		return t*841/108 + 4.0/29
	}
	x := f((0.4124*rgb[0] + 0.3576*rgb[1] + 0.1805*rgb[2]) / 0.9505)
	y := f(0.2126*rgb[0] + 0.7152*rgb[1] + 0.0722*rgb[2])
	z := f((0.0193*rgb[0] + 0.1192*rgb[1] + 0.9505*rgb[2]) / 1.089)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}
