package draw

import (
	"image/color"
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// neutral lists node operations that compute nothing or that every network has. They get no color.
var neutral = map[string]bool{"input": true, "output": true, "stem": true, searchspace.End: true}

// kind is what a color means: an operation, or the role of a node that has none.
type kind struct {
	name   string
	role   bool
	color  int  // index into the palette
	second bool // the color is already used; a dashed border distinguishes the two
}

// kinds assigns colors to operations in the order in which the space lists them.
type kinds struct {
	operations []string
	roles      []string
	used       []kind          // kinds in the legend, in the order of the operations
	lines      map[string]bool // operations that color lines instead of boxes
}

func newKinds(space searchspace.Space) *kinds {
	k := &kinds{lines: map[string]bool{}}
	for _, p := range space.Parts() {
		for _, op := range p.NodeOps {
			if !neutral[op] {
				k.number(op)
			}
		}
		for i, op := range p.EdgeOps {
			if i > 0 { // the first means no edge
				k.number(op)
			}
		}
	}
	return k
}

// number returns the number of an operation, which is the next free one if the operation is new.
func (k *kinds) number(op string) int {
	if i := slices.Index(k.operations, op); i >= 0 {
		return i
	}
	k.operations = append(k.operations, op)
	return len(k.operations) - 1
}

// of returns the kind of an operation and adds it to the legend.
func (k *kinds) of(op string) kind {
	return k.use(kind{name: op}, k.number(op))
}

// ofRole returns the kind of a role and adds it to the legend.
func (k *kinds) ofRole(name string) kind {
	i := slices.Index(k.roles, name)
	if i < 0 {
		i = len(k.roles)
		k.roles = append(k.roles, name)
	}
	return k.use(kind{name: name, role: true}, len(k.operations)+i)
}

func (k *kinds) use(used kind, number int) kind {
	used.color, used.second = number%len(palette), number/len(palette)%2 == 1
	if !slices.Contains(k.used, used) {
		k.used = append(k.used, used)
		slices.SortStableFunc(k.used, func(a, b kind) int { return k.place(a) - k.place(b) })
	}
	return used
}

// colorLines adds the operations of edges to the legend as lines.
func (k *kinds) colorLines(edges []searchspace.Edge) {
	for _, e := range edges {
		if e.Op != "" {
			k.of(e.Op)
			k.lines[e.Op] = true
		}
	}
}

// line returns the color and the dashes of a line.
func (k kind) line(ground color.RGBA, t theme) (color.RGBA, []float64) {
	return legible(palette[k.color], ground, t.ink), dashes[k.color%len(dashes)]
}

// place returns the position of a kind in the legend.
func (k *kinds) place(of kind) int {
	if of.role {
		return len(k.operations) + slices.Index(k.roles, of.name)
	}
	return slices.Index(k.operations, of.name)
}
