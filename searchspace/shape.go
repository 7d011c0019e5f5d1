package searchspace

// Params returns a part for what belongs to no node of a graph: a learning rate, a batch size, the width and depth of a
// network. It has a single node, which carries the fields:
//
//	space, err := searchspace.New("cell and training", []searchspace.Part{
//		cell,
//		searchspace.Params("training", searchspace.Ordered("rate", 1e-4, 3e-4, 1e-3)),
//	})
//	…
//	rate := arch.Find("training").Node(0).Float("rate")
func Params(name string, fields ...Field) Part {
	return Part{Name: name, MaxNodes: 1, NodeFields: fields}
}

// Optional returns the fields of a node that may be left out: a boolean field with the given name, followed by the given
// fields, which exist only if it is true. All nodes that are left out look the same, so nothing is decided that has no effect.
//
//	searchspace.Chain("net", 20, 20, nil, searchspace.Optional("present",
//		searchspace.Ordered("kernel", 3, 5, 7),
//		searchspace.Ordered("expand", 3, 6))...)
//
// Nodes should have no operations, because these are decided in any case; make the operation a [Choice] among the fields.
// Random draws leave out every node with probability ½, so about half of the nodes are there. If it does not matter which
// nodes are left out but only how many there are, use a [Chain] of variable length.
func Optional(name string, fields ...Field) []Field {
	all := []Field{Bool(name)}
	for _, f := range fields {
		all = append(all, f.When(name, "true"))
	}
	return all
}

// Copies returns one part for each name, all with the description of p: cells that are searched independently, such as a
// normal and a reduction cell or one cell for each stage.
//
//	searchspace.New("cells", cell.Copies("normal", "reduce"))
func (p Part) Copies(names ...string) []Part {
	parts := make([]Part, len(names))
	for i, name := range names {
		parts[i] = p
		parts[i].Name = name
	}
	return parts
}

// Repeats is the field of a [Stack] that says how often the cell is repeated.
const Repeats = "repeats"

// Stack returns the parts of a network that repeats a cell from min to max times: the cell, and [Params] with the given name,
// which hold the field [Repeats] and the given fields. Random draws choose the number of repeats uniformly. [New] returns an
// error if min > max.
//
//	space, err := searchspace.New("stacked", searchspace.Stack("network", cell, 2, 8, searchspace.Ordered("width", 16, 32, 64)))
//	…
//	for range arch.Find("network").Node(0).Int(searchspace.Repeats) {
//		… // another cell
//	}
func Stack(name string, cell Part, min, max int, fields ...Field) []Part {
	var repeats []int
	for n := min; n <= max && len(repeats) <= maxValues; n++ { // New refuses more
		repeats = append(repeats, n)
	}
	return []Part{cell, Params(name, append([]Field{Ordered(Repeats, repeats...)}, fields...)...)}
}
