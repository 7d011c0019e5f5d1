package draw_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/graphpnas/graphpnas/searchspace/draw"
)

func pngOf(t *testing.T, d drawing) image.Image {
	var data bytes.Buffer
	require.NoError(t, draw.PNG(&data, d.space, d.arch, d.options))
	picture, err := png.Decode(&data)
	require.NoError(t, err)
	return picture
}

// colorAt returns the color of a pixel: "#0d1117".
func colorAt(picture image.Image, x, y float64) string {
	r, g, b, _ := picture.At(int(x), int(y)).RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

func TestPNGShowsTheSameAsSVG(t *testing.T) {
	for _, d := range []drawing{
		{name: "cell", space: searchspace.NASBench201{}, options: draw.Options{Dark: true}},
		{name: "large", space: searchspace.NASBench101{}, options: draw.Options{Direction: draw.TopToBottom, Scale: 3}},
	} {
		d.arch = member(t, d.space, 0.8, 4)
		scale := d.options.Scale
		if scale == 0 {
			scale = 2
		}
		root, picture := svg(t, d.space, d.arch, d.options), pngOf(t, d)
		page := root.rect(t)
		assert.Equal(t, image.Rect(0, 0, int(scale*page.width), int(scale*page.height)), picture.Bounds())
		boxes, texts := 0, 0
		root.walk(func(e element) {
			switch e.XMLName.Local {
			case "rect": // just inside its left border
				r := e.rect(t)
				assert.Equal(t, e.attr("fill"), colorAt(picture, scale*(r.x+3), scale*(r.y+r.height/2)))
				boxes++
			case "text": // some pixel has the color of the text
				seen := map[string]bool{}
				c := corners(t, e)
				for x := c[0].x; x < c[1].x; x += 0.25 {
					for y := c[0].y; y < c[1].y; y += 0.25 {
						seen[colorAt(picture, scale*x, scale*y)] = true
					}
				}
				assert.Contains(t, seen, e.attr("fill"), e.Text)
				texts++
			}
		})
		assert.Greater(t, boxes, 4)
		assert.Greater(t, texts, 4)
	}
}
