package nb101

import (
	"bytes"
	"fmt"
	"math/bits"
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// The limits of the space, searchspace.NASBench101.
const (
	minNodes = 2
	maxNodes = 7
	maxEdges = 9
)

// operations are those of the space: the input's, those of inner nodes, the output's.
var operations = searchspace.NASBench101{}.Parts()[0].NodeOps

const (
	inputOp  = 0
	outputOp = 4
	opBits   = 2 // what an inner node's operation takes
)

// Cell is a legal cell of NAS-Bench-101 in 8 bytes. Cells are equal where they are as ordered graphs.
type Cell struct {
	edges uint32 // the lower triangle of the transposed adjacency matrix, row by row: bit triangle(to)+from
	ops   uint16 // of the inner nodes, less one
	nodes uint8
}

// triangle returns the number of pairs from < to below row to.
func triangle(to int) int { return to * (to - 1) / 2 }

// inputs returns the set of nodes that feed a node.
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
		panic(err) // only of the zero Cell
	}
	return searchspace.NewArch(g)
}

// CellOf packs an architecture of searchspace.NASBench101. The error wraps searchspace.ErrInvalid where it is none.
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

// parseCell reads a cell as a row has it. The error wraps searchspace.ErrInvalid where it is not a legal one.
func parseCell(adjacency, ops []byte) (Cell, error) {
	c := Cell{nodes: uint8(min(1+bytes.Count(ops, []byte{','}), maxNodes+1))}
	if c.nodes < minNodes || c.nodes > maxNodes {
		return Cell{}, invalid("2 to %d operations, but %q", maxNodes, ops)
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
		return invalid("the adjacency matrix of %d nodes has %d entries", n, len(adjacency))
	}
	for i, entry := range adjacency {
		from, to := i/n, i%n
		switch {
		case entry == '0':
		case entry != '1':
			return invalid("entry %d,%d of the adjacency matrix is %q", from, to, entry)
		case from >= to:
			return invalid("edge %d→%d does not lead to a higher node", from, to)
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
			return invalid("operation %q at node %d of %d", name, node, c.nodes)
		}
	}
	return nil
}

// indexOp returns the index of a named operation, −1 for an unknown one.
func indexOp(name []byte) int {
	for i, op := range operations {
		if string(name) == op {
			return i
		}
	}
	return -1
}

// validate tells whether the edges are legal. As they lead to higher nodes alone, every node is on a path from input to
// output if all but the input are fed and all but the output feed.
func (c Cell) validate() error {
	if n := bits.OnesCount32(c.edges); n > maxEdges {
		return invalid("%d edges, but at most %d", n, maxEdges)
	}
	feed := uint32(0)
	for to := 1; to < int(c.nodes); to++ {
		if c.inputs(to) == 0 {
			return invalid("nothing feeds node %d", to)
		}
		feed |= c.inputs(to)
	}
	if idle := ^feed & (1<<(c.nodes-1) - 1); idle != 0 {
		return invalid("node %d feeds nothing", bits.TrailingZeros32(idle))
	}
	return nil
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", searchspace.ErrInvalid, fmt.Sprintf(format, args...))
}

// appendAdjacency writes the adjacency matrix as a row has it.
func (c Cell) appendAdjacency(text []byte) []byte {
	for from := range int(c.nodes) {
		for to := range int(c.nodes) {
			text = append(text, '0'+byte(c.inputs(to)>>from&1))
		}
	}
	return text
}

// appendOps writes the operations as a row has them.
func (c Cell) appendOps(text []byte) []byte {
	for node := range int(c.nodes) {
		if node > 0 {
			text = append(text, ',')
		}
		text = append(text, operations[c.op(node)]...)
	}
	return text
}
