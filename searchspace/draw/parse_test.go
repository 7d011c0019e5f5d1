package draw_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/graphpnas/graphpnas/searchspace/draw"
)

// element is an element of an SVG document.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []element  `xml:",any"`
}

func (e element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (e element) float(t require.TestingT, name string) float64 {
	if e.attr(name) == "" {
		return 0
	}
	x, err := strconv.ParseFloat(e.attr(name), 64)
	require.NoError(t, err)
	return x
}

// title returns the title of a group.
func (e element) title() string {
	for _, c := range e.Children {
		if c.XMLName.Local == "title" {
			return c.Text
		}
	}
	return ""
}

// walk visits the element and all its descendants in drawing order.
func (e element) walk(visit func(element)) {
	visit(e)
	for _, c := range e.Children {
		c.walk(visit)
	}
}

// groups returns the groups of a class within the element.
func (e element) groups(class string) (all []element) {
	e.walk(func(c element) {
		if c.XMLName.Local == "g" && c.attr("class") == class {
			all = append(all, c)
		}
	})
	return all
}

// svg draws an architecture and parses the drawing.
func svg(t require.TestingT, space searchspace.Space, a searchspace.Arch, o draw.Options) element {
	var text bytes.Buffer
	require.NoError(t, draw.SVG(&text, space, a, o))
	var root element
	d := xml.NewDecoder(&text)
	require.NoError(t, d.Decode(&root))
	_, err := d.Token()
	for err == nil {
		_, err = d.Token()
	}
	require.ErrorIs(t, err, io.EOF)
	return root
}

// rect is a rectangle, of a box or around the box of a group.
type rect struct{ x, y, width, height float64 }

func (e element) rect(t require.TestingT) rect {
	return rect{e.float(t, "x"), e.float(t, "y"), e.float(t, "width"), e.float(t, "height")}
}

// slack allows for the rounding of coordinates to one decimal.
const slack = 0.11

func (r rect) overlaps(s rect) bool {
	return r.x+slack < s.x+s.width && s.x+slack < r.x+r.width && r.y+slack < s.y+s.height && s.y+slack < r.y+r.height
}

func (r rect) contains(x, y float64) bool {
	return r.x-slack <= x && x <= r.x+r.width+slack && r.y-slack <= y && y <= r.y+r.height+slack
}

// xy is a point.
type xy struct{ x, y float64 }

// trace returns closely spaced points on a path.
func trace(t require.TestingT, d string) (points []xy) {
	at := xy{}
	for _, command := range strings.FieldsFunc(strings.NewReplacer("M", "|M", "L", "|L", "C", "|C").Replace(d), func(r rune) bool { return r == '|' }) {
		var p []xy
		for _, pair := range strings.Fields(command[1:]) {
			var q xy
			_, err := fmt.Sscanf(pair, "%f,%f", &q.x, &q.y)
			require.NoError(t, err)
			p = append(p, q)
		}
		switch command[0] {
		case 'M':
			at = p[0]
			points = append(points, at)
			continue
		case 'L':
			p = []xy{at, p[0], p[0]}
		}
		for k := 1; k <= 12; k++ {
			s := float64(k) / 12
			mix := func(a, b, c, d float64) float64 {
				return (1-s)*(1-s)*(1-s)*a + 3*(1-s)*(1-s)*s*b + 3*(1-s)*s*s*c + s*s*s*d
			}
			points = append(points, xy{mix(at.x, p[0].x, p[1].x, p[2].x), mix(at.y, p[0].y, p[1].y, p[2].y)})
		}
		at = p[2]
	}
	return points
}
