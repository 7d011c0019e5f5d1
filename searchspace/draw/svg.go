package draw

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"image/color"
	"strconv"
	"strings"
)

// writeSVG writes the picture as an SVG document. The caller must check errors with w.Flush.
func (p *picture) writeSVG(w *bufio.Writer) {
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]s" height="%[2]s" viewBox="0 0 %[1]s %[2]s" role="img" `+
		`font-family="Liberation Sans, Arial, Helvetica, sans-serif">`+"\n", number(p.width), number(p.height))
	fmt.Fprintf(w, "<title>%s</title>\n<desc>%s</desc>\n", escape(p.title), escape(p.description))
	fmt.Fprintf(w, `<rect width="%s" height="%s" fill="%s"/>`+"\n", number(p.width), number(p.height), hex(p.background))
	for _, s := range p.shapes {
		switch s := s.(type) {
		case group:
			fmt.Fprintf(w, `<g class="%s">`, escape(s.class))
			if s.title != "" {
				fmt.Fprintf(w, "<title>%s</title>", escape(s.title))
			}
			w.WriteByte('\n')
		case groupEnd:
			w.WriteString("</g>\n")
		case box:
			s.writeSVG(w)
		case line:
			s.writeSVG(w)
		case arrow:
			fmt.Fprintf(w, `<polygon points="%s %s %s" fill="%s"/>`+"\n", s.corners[0], s.corners[1], s.corners[2], hex(s.fill))
		case label:
			s.writeSVG(w)
		}
	}
	w.WriteString("</svg>\n")
}

func (b box) writeSVG(w *bufio.Writer) {
	fmt.Fprintf(w, `<rect x="%s" y="%s" width="%s" height="%s" rx="%s" fill="%s"`,
		number(b.x), number(b.y), number(b.width), number(b.height), number(b.radius), hex(b.fill))
	if b.stroke.A > 0 {
		fmt.Fprintf(w, ` stroke="%s"`, hex(b.stroke))
	}
	if b.dashed {
		w.WriteString(` stroke-width="2" stroke-dasharray="4 3"`)
	}
	w.WriteString("/>\n")
}

func (l line) writeSVG(w *bufio.Writer) {
	fmt.Fprintf(w, `<path d="M%s`, l.start)
	for _, s := range l.steps {
		if s.curved {
			fmt.Fprintf(w, "C%s %s %s", s.control, s.control2, s.to)
		} else {
			fmt.Fprintf(w, "L%s", s.to)
		}
	}
	fmt.Fprintf(w, `" fill="none" stroke="%s" stroke-width="%s"`, hex(l.stroke), number(l.width))
	if l.dash != nil {
		texts := make([]string, len(l.dash))
		for i, d := range l.dash {
			texts[i] = number(d)
		}
		fmt.Fprintf(w, ` stroke-dasharray="%s"`, strings.Join(texts, " "))
	}
	w.WriteString("/>\n")
}

func (l label) writeSVG(w *bufio.Writer) {
	fmt.Fprintf(w, `<text x="%s" y="%s" font-size="%s" fill="%s"`, number(l.at.x), number(l.at.y), number(l.font.size), hex(l.fill))
	if l.font.bold {
		w.WriteString(` font-weight="bold"`)
	}
	if l.centered {
		w.WriteString(` text-anchor="middle"`)
	}
	fmt.Fprintf(w, ">%s</text>\n", escape(l.text))
}

// String formats the point's coordinates: "3,4.5".
func (p point) String() string { return number(p.x) + "," + number(p.y) }

// number formats a coordinate with one decimal.
func number(x float64) string {
	text := strings.TrimSuffix(strconv.FormatFloat(x, 'f', 1, 64), ".0")
	if text == "-0" {
		return "0"
	}
	return text
}

func hex(c color.RGBA) string {
	if c.A == 0 {
		return "none"
	}
	return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
}

// escape returns text for XML. Characters that XML forbids become U+FFFD.
func escape(text string) string {
	var s strings.Builder
	xml.EscapeText(&s, []byte(text)) // never fails, because s does not
	return s.String()
}
