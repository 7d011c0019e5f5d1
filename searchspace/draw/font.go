package draw

import (
	"strings"
	"sync"
	"unicode"

	"github.com/mattn/go-runewidth"
	stdfont "golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/vg"
)

// style is the size of text, in units of the drawing, and its weight.
type style struct {
	size float64
	bold bool
}

var (
	headingStyle = style{size: 16, bold: true}
	panelStyle   = style{size: 12.5, bold: true}
	nameStyle    = style{size: 12}
	fieldStyle   = style{size: 10.5}
)

// fonts contains Liberation Sans. Its characters are as wide as those of Arial and Helvetica.
var fonts = sync.OnceValue(func() *font.Cache { return font.NewCache(liberation.Collection()) })

func (s style) face() font.Face {
	weight := stdfont.WeightNormal
	if s.bold {
		weight = stdfont.WeightBold
	}
	return fonts().Lookup(font.Font{Typeface: "Liberation", Variant: "Sans", Weight: weight}, vg.Length(s.size))
}

// columns counts the columns that characters take up in a terminal, in the same way in every locale.
var columns = &runewidth.Condition{}

// widths caches the widths of characters at size 1, by rune and weight, because fonts are slow.
var widths sync.Map

type glyph struct {
	r    rune
	bold bool
}

// width returns the width of a text. Characters that the font lacks, which a browser takes from
// another font, count as one em if a terminal shows them in two columns.
func (s style) width(text string) float64 {
	total := 0.0
	for _, r := range text {
		key := glyph{r, s.bold}
		w, ok := widths.Load(key)
		if !ok {
			w = style{1, s.bold}.measure(r)
			widths.Store(key, w)
		}
		total += w.(float64)
	}
	return total * s.size
}

func (s style) measure(r rune) float64 {
	face := s.face()
	width := float64(face.Width(string(r)))
	if i, err := face.Face.GlyphIndex(new(sfnt.Buffer), r); (err != nil || i == 0) && columns.RuneWidth(r) > 1 {
		return max(width, s.size)
	}
	return width
}

// longest is the maximum number of characters of a name in a drawing.
const longest = 32

// shown returns a name as shown in a drawing: on one line and shortened if it is too long.
func shown(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(name, "\uFFFD"))
	if runes := []rune(name); len(runes) > longest {
		name = string(runes[:longest-1]) + "…"
	}
	return name
}
