package draw_test

import (
	"bytes"
	"fmt"
	"image/color"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/vision"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/graphpnas/graphpnas/searchspace/draw"
)

func anyOptions(t *rapid.T) draw.Options {
	return draw.Options{
		Direction: rapid.SampledFrom([]draw.Direction{draw.LeftToRight, draw.TopToBottom}).Draw(t, "direction"),
		Dark:      rapid.Bool().Draw(t, "dark"),
		Title:     rapid.SampledFrom([]string{"", "The best", "<script>alert(1)</script>"}).Draw(t, "title"),
	}
}

// valid returns text without characters that XML forbids.
func valid(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

func TestEveryNodeAndEdgeAppearsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		space, a := anyArch(t)
		root := svg(t, space, a, anyOptions(t))
		parts := root.groups("part")
		require.Len(t, parts, a.NumParts())
		for i, drawn := range parts {
			part := a.Part(i)
			var nodes, edges []string
			for v := range part.Len() {
				nodes = append(nodes, titled(fmt.Sprint("node ", v), part.Node(v)))
			}
			for _, e := range part.Edges() {
				edges = append(edges, titled(fmt.Sprintf("%d → %d", e.From, e.To), part.EdgeLabel(e.From, e.To)))
			}
			assert.Equal(t, valid(part.Name()), drawn.title())
			assert.Equal(t, nodes, titles(drawn.groups("node")))
			assert.ElementsMatch(t, edges, titles(drawn.groups("edge")))
		}
	})
}

func titled(name string, l searchspace.Label) string {
	if l.String() == "" {
		return name
	}
	return valid(name + ": " + l.String())
}

func titles(groups []element) (all []string) {
	for _, g := range groups {
		all = append(all, g.title())
	}
	return all
}

func TestNothingOverlapsOrLeavesTheDrawing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		space, a := anyArch(t)
		root := svg(t, space, a, anyOptions(t))
		page := root.rect(t)
		assert.Equal(t, fmt.Sprintf("0 0 %s %s", root.attr("width"), root.attr("height")), root.attr("viewBox"))
		root.walk(func(e element) {
			for _, p := range corners(t, e) {
				assert.True(t, page.contains(p.x, p.y), "%s at %v leaves %v", e.XMLName.Local, p, page)
			}
		})
		var boxes []rect
		for _, part := range root.groups("part") {
			boxes = append(boxes, partBoxes(t, part)...)
		}
		for i, b := range boxes {
			for _, c := range boxes[:i] {
				assert.False(t, b.overlaps(c), "%v overlaps %v", b, c)
			}
		}
	})
}

// partBoxes returns the boxes of nodes and labels of a part. No edge may pass through any of them
// except its own label.
func partBoxes(t *rapid.T, part element) (boxes []rect) {
	type labeled struct {
		box  rect
		edge int // −1 for a node
	}
	var all []labeled
	var lines [][]xy
	for _, g := range part.groups("node") {
		all = append(all, labeled{g.Children[1].rect(t), -1})
	}
	for i, g := range part.groups("edge") {
		g.walk(func(e element) {
			switch e.XMLName.Local {
			case "rect":
				all = append(all, labeled{e.rect(t), i})
			case "path":
				lines = append(lines, trace(t, e.attr("d")))
			}
		})
	}
	for _, b := range all {
		boxes = append(boxes, b.box)
		inside := rect{b.box.x + 1, b.box.y + 1, b.box.width - 2, b.box.height - 2}
		for i, line := range lines {
			for _, p := range line {
				assert.False(t, i != b.edge && inside.contains(p.x, p.y), "edge %d passes through %v at %v", i, b.box, p)
			}
		}
	}
	return boxes
}

// corners returns the extreme points of an element.
func corners(t require.TestingT, e element) []xy {
	switch e.XMLName.Local {
	case "rect":
		r := e.rect(t)
		return []xy{{r.x, r.y}, {r.x + r.width, r.y + r.height}}
	case "path":
		return trace(t, e.attr("d"))
	case "polygon":
		return trace(t, "M"+strings.ReplaceAll(e.attr("points"), " ", "L"))
	case "text":
		size, x, y := e.float(t, "font-size"), e.float(t, "x"), e.float(t, "y")
		width := draw.Width(e.Text, size, e.attr("font-weight") == "bold")
		if e.attr("text-anchor") == "middle" {
			x -= width / 2
		}
		return []xy{{x, y - 0.8*size}, {x + width, y + 0.2*size}}
	}
	return nil
}

func TestTextIsLegible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		space, a := anyArch(t)
		var behind []element // boxes drawn so far
		svg(t, space, a, anyOptions(t)).walk(func(e element) {
			switch e.XMLName.Local {
			case "rect":
				behind = append(behind, e)
			case "text":
				ground := groundOf(t, e, behind)
				assert.GreaterOrEqual(t, contrast(t, e.attr("fill"), ground), 4.5, "%s on %s: %q", e.attr("fill"), ground, e.Text)
			case "polygon": // has the color of its line
				ground := behind[0]
				for _, b := range behind {
					if b.attr("rx") == "8" && b.rect(t).contains(corners(t, e)[0].x, corners(t, e)[0].y) {
						ground = b // a panel
					}
				}
				assert.GreaterOrEqual(t, contrast(t, e.attr("fill"), ground.attr("fill")), 3.0)
			}
		})
	})
}

// groundOf returns the color of the last box that was drawn where a text begins.
func groundOf(t require.TestingT, text element, boxes []element) string {
	x, y := text.float(t, "x"), text.float(t, "y")
	for _, b := range slices.Backward(boxes) {
		if b.rect(t).contains(x, y-3) {
			return b.attr("fill")
		}
	}
	return ""
}

// contrast returns the contrast ratio of two colors.
func contrast(t require.TestingT, a, b string) float64 {
	parse := func(hex string) color.RGBA {
		require.Regexp(t, "^#[0-9a-f]{6}$", hex)
		n, err := strconv.ParseUint(hex[1:], 16, 32)
		require.NoError(t, err)
		return color.RGBA{uint8(n >> 16), uint8(n >> 8), uint8(n), 255}
	}
	return vision.Contrast(parse(a), parse(b))
}

func TestDrawingsAreDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		space, a := anyArch(t)
		o := anyOptions(t)
		var first, second bytes.Buffer
		require.NoError(t, draw.SVG(&first, space, a, o))
		require.NoError(t, draw.SVG(&second, space, a, o))
		assert.Equal(t, first.String(), second.String())
	})
}

func TestMarkupInNamesIsText(t *testing.T) {
	const evil = `<script>alert("x")</script>`
	space := newSpace(t, evil, searchspace.Part{
		Name: evil, MaxNodes: 2, NodeOps: []string{evil}, EdgeOps: []string{"none", evil + "2"},
		NodeFields: []searchspace.Field{searchspace.Choice(evil, evil)},
	}, searchspace.Params("b", searchspace.Choice("c", "]]>&amp;")))
	a := member(t, space, 1, 1)
	var text bytes.Buffer
	require.NoError(t, draw.SVG(&text, space, a, draw.Options{Title: evil}))
	assert.NotContains(t, text.String(), "<script")
	known := []string{"svg", "title", "desc", "rect", "g", "path", "polygon", "text"}
	shown := 0
	svg(t, space, a, draw.Options{Title: evil}).walk(func(e element) {
		assert.Contains(t, known, e.XMLName.Local)
		if e.XMLName.Local == "text" && strings.Contains(e.Text, evil) {
			shown++
		}
	})
	assert.Equal(t, 9, shown) // title, part, operation and field of two nodes, edge, both operations in the legend
}

func TestDrawingsHaveATitleAndADescription(t *testing.T) {
	space := searchspace.NASBench201{}
	a := member(t, space, 0.7, 1)
	root := svg(t, space, a, draw.Options{})
	assert.Equal(t, "img", root.attr("role"))
	assert.Equal(t, "An architecture of nasbench201", root.title())
	assert.Contains(t, root.Children[1].Text, space.Format(a))
	assert.Equal(t, "The best", svg(t, space, a, draw.Options{Title: "The best"}).title())
}

func TestColorsAreTheSameInAllDrawingsOfASpace(t *testing.T) {
	space := searchspace.ENASMacro{}
	fills := map[string]string{}
	for seed := range uint64(5) {
		for _, g := range svg(t, space, member(t, space, 0.3, seed), draw.Options{}).groups("node") {
			op := g.Children[2].Text
			if before, ok := fills[op]; ok {
				assert.Equal(t, before, g.Children[1].attr("fill"))
			}
			fills[op] = g.Children[1].attr("fill")
		}
	}
	distinct := map[string]bool{}
	for _, c := range fills {
		distinct[c] = true
	}
	assert.Len(t, distinct, 7)
}

func TestErrors(t *testing.T) {
	space := searchspace.NASBench201{}
	a := member(t, space, 0.5, 1)
	for _, write := range []func(io.Writer, searchspace.Space, searchspace.Arch, draw.Options) error{draw.SVG, draw.PNG} {
		require.ErrorIs(t, write(io.Discard, space, searchspace.Arch{}, draw.Options{}), searchspace.ErrInvalid)
		require.ErrorIs(t, write(io.Discard, space, searchspace.NewArch(searchspace.DAG{}), draw.Options{}), searchspace.ErrInvalid)
		require.ErrorContains(t, write(io.Discard, space, a, draw.Options{Direction: 2}), "Direction must be LeftToRight or TopToBottom, got 2")
		require.ErrorContains(t, write(io.Discard, space, a, draw.Options{Scale: -1}), "Scale must be a finite number")
		require.ErrorIs(t, write(broken{}, space, a, draw.Options{}), io.ErrClosedPipe)
	}
}

// broken is a writer that fails.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// A long description is cut between two characters.
func TestDescriptionsAreCutBetweenCharacters(t *testing.T) {
	for length := range 3 {
		op := strings.Repeat("x", length) + strings.Repeat("語", 25)
		space := newSpace(t, "long", searchspace.Part{Name: "long", MaxNodes: 40, NodeOps: []string{op}})
		var drawing bytes.Buffer
		require.NoError(t, draw.SVG(&drawing, space, member(t, space, 1, 1), draw.Options{}))
		_, rest, _ := strings.Cut(drawing.String(), "<desc>")
		description, _, _ := strings.Cut(rest, "</desc>")
		assert.True(t, strings.HasSuffix(description, "…"), description)
		assert.Equal(t, valid(description), description)
		assert.NotContains(t, description, "\uFFFD")
	}
}
