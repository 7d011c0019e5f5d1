package searchspace

// Params returns a part for choices that do not belong to a node of a graph: a learning rate, a
// batch size, the width and depth of a network. The part has a single node with the fields:
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

// Optional returns the fields of a node that may be left out: a boolean field with the given name,
// followed by the given fields, which exist only if it is true. All nodes that are left out are
// equal, so every decision has an effect.
//
//	searchspace.Chain("net", 20, 20, nil, searchspace.Optional("present",
//		searchspace.Ordered("kernel", 3, 5, 7),
//		searchspace.Ordered("expand", 3, 6))...)
//
// Nodes should have no operations, because those are decided even for nodes that are left out; use
// a [Choice] among the fields instead. Random draws leave out every node with probability ½, so
// about half of the nodes are present. If only the number of present nodes matters, use a [Chain]
// of variable length.
func Optional(name string, fields ...Field) []Field {
	all := []Field{Bool(name)}
	for _, f := range fields {
		all = append(all, f.When(name, "true"))
	}
	return all
}

// Copies returns one part for each name, all with the description of p: cells that are searched
// independently, such as a normal and a reduction cell, or one cell for each stage.
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

// Repeats is the name of the [Stack] field that contains the number of repetitions of the cell.
const Repeats = "repeats"

// Stack returns the parts of a network that repeats a cell from min to max times: the cell, and a
// [Params] part with the given name, the field [Repeats] and the given fields. Random draws choose
// the number of repetitions uniformly. [New] returns an error if min > max.
//
//	space, err := searchspace.New("stacked", searchspace.Stack("network", cell, 2, 8, searchspace.Ordered("width", 16, 32, 64)))
//	…
//	for range arch.Find("network").Node(0).Int(searchspace.Repeats) {
//		… // another cell
//	}
func Stack(name string, cell Part, min, max int, fields ...Field) []Part {
	var repeats []int
	for n := min; n <= max && len(repeats) <= maxValues; n++ { // New returns an error for more
		repeats = append(repeats, n)
	}
	return []Part{cell, Params(name, append([]Field{Ordered(Repeats, repeats...)}, fields...)...)}
}
