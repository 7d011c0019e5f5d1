package nb101

import (
	"bytes"
	"fmt"
	"math/bits"
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// The limits of searchspace.NASBench101.
const (
	minNodes = 2
	maxNodes = 7
	maxEdges = 9
)

// operations lists the operations of the space: the input's, those of inner nodes, and the
// output's.
var operations = searchspace.NASBench101{}.Parts()[0].NodeOps

const (
	inputOp  = 0
	outputOp = 4
	opBits   = 2 // bits of an inner node's operation
)

// Cell is a valid cell of NAS-Bench-101 in 8 bytes. Cells are equal if they are equal as ordered
// graphs.
type Cell struct {
	edges uint32 // the lower triangle of the transposed adjacency matrix, row by row: bit triangle(to)+from
	ops   uint16 // operations of the inner nodes, minus one
	nodes uint8
}

// triangle returns the number of pairs before a row of a lower triangle.
func triangle(to int) int { return to * (to - 1) / 2 }

// inputs returns the set of nodes that a node reads.
func (c Cell) inputs(to int) uint32 { return c.edges >> triangle(to) & (1<<to - 1) }

// op returns the index of a node's operation.
func (c Cell) op(node int) int {
	switch node {
	case 0:
		return inputOp
	case int(c.nodes) - 1:
		return outputOp
	}
	return 1 + int(c.ops>>(opBits*(node-1))&(1<<opBits-1))
}

// Arch returns the cell as an architecture of searchspace.NASBench101.
func (c Cell) Arch() searchspace.Arch {
	ops := make([]string, c.nodes)
	var edges []searchspace.Edge
	for to := range ops {
		ops[to] = operations[c.op(to)]
		for from := range to {
			if c.inputs(to)>>from&1 == 1 {
				edges = append(edges, searchspace.Edge{From: from, To: to})
			}
		}
	}
	g, err := searchspace.NewDAG("cell", len(ops), ops, edges)
	if err != nil {
		panic(err) // only for the zero Cell
	}
	return searchspace.NewArch(g)
}

// CellOf packs an architecture of searchspace.NASBench101. The error wraps searchspace.ErrInvalid
// if it is not in the space.
func CellOf(a searchspace.Arch) (Cell, error) {
	if err := (searchspace.NASBench101{}).Validate(a); err != nil {
		return Cell{}, err
	}
	g := a.Part(0)
	c := Cell{nodes: uint8(g.Len())}
	for _, e := range g.Edges() {
		c.edges |= 1 << (triangle(e.To) + e.From)
	}
	for node := 1; node < g.Len()-1; node++ {
		c.ops |= uint16(slices.Index(operations, g.NodeOp(node))-1) << (opBits * (node - 1))
	}
	return c, nil
}

// parseCell reads a cell in the format of a row. The error wraps searchspace.ErrInvalid if the cell
// is not valid.
func parseCell(adjacency, ops []byte) (Cell, error) {
	c := Cell{nodes: uint8(min(1+bytes.Count(ops, []byte{','}), maxNodes+1))}
	if c.nodes < minNodes || c.nodes > maxNodes {
		return Cell{}, invalid("a cell must have 2 to %d operations, got %q", maxNodes, ops)
	}
	if err := c.parseAdjacency(adjacency); err != nil {
		return Cell{}, err
	}
	if err := c.parseOps(ops); err != nil {
		return Cell{}, err
	}
	return c, c.validate()
}

func (c *Cell) parseAdjacency(adjacency []byte) error {
	n := int(c.nodes)
	if len(adjacency) != n*n {
		return invalid("the adjacency matrix of %d nodes must have %d entries, got %d", n, n*n, len(adjacency))
	}
	for i, entry := range adjacency {
		from, to := i/n, i%n
		switch {
		case entry == '0':
		case entry != '1':
			return invalid("row %d, column %d of the adjacency matrix must be 0 or 1, got %q", from, to, entry)
		case from >= to:
			return invalid("edge %d→%d must lead from a lower to a higher node", from, to)
		default:
			c.edges |= 1 << (triangle(to) + from)
		}
	}
	return nil
}

func (c *Cell) parseOps(ops []byte) error {
	for node := range int(c.nodes) {
		name, rest, _ := bytes.Cut(ops, []byte{','})
		ops = rest
		op := indexOp(name)
		inner := node > 0 && node < int(c.nodes)-1
		if inner && inputOp < op && op < outputOp {
			c.ops |= uint16(op-1) << (opBits * (node - 1))
		} else if inner || op != c.op(node) {
			return invalid("operation %q of node %d: the first of %d nodes must be %q, the last %q, and the others one of %q",
				name, node, c.nodes, operations[inputOp], operations[outputOp], operations[inputOp+1:outputOp])
		}
	}
	return nil
}

// indexOp returns the index of an operation, or −1 if it is unknown.
func indexOp(name []byte) int {
	for i, op := range operations {
		if string(name) == op {
			return i
		}
	}
	return -1
}

// validate returns an error if the edges are not valid. Because they all lead to higher nodes,
// every node is on a path from input to output if every node except the input has an incoming edge
// and every node except the output has an outgoing edge.
func (c Cell) validate() error {
	if n := bits.OnesCount32(c.edges); n > maxEdges {
		return invalid("a cell must have at most %d edges, got %d", maxEdges, n)
	}
	feed := uint32(0)
	for to := 1; to < int(c.nodes); to++ {
		if c.inputs(to) == 0 {
			return invalid("node %d must be on a path from input to output, but has no incoming edge", to)
		}
		feed |= c.inputs(to)
	}
	if idle := ^feed & (1<<(c.nodes-1) - 1); idle != 0 {
		return invalid("node %d must be on a path from input to output, but has no outgoing edge", bits.TrailingZeros32(idle))
	}
	return nil
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", searchspace.ErrInvalid, fmt.Sprintf(format, args...))
}

// appendAdjacency appends the adjacency matrix in the format of a row.
func (c Cell) appendAdjacency(text []byte) []byte {
	for from := range int(c.nodes) {
		for to := range int(c.nodes) {
			text = append(text, '0'+byte(c.inputs(to)>>from&1))
		}
	}
	return text
}

// appendOps appends the operations in the format of a row.
func (c Cell) appendOps(text []byte) []byte {
	for node := range int(c.nodes) {
		if node > 0 {
			text = append(text, ',')
		}
		text = append(text, operations[c.op(node)]...)
	}
	return text
}
