package searchspace

import (
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var _ interface {
	Space
	Enumerator
	Notation
} = NASBench201{}

// NASBench201 is the cell space of NAS-Bench-201 (Dong & Yang 2020, arXiv 2001.00326), which is
// also the topology space of NATS-Bench. A cell has four nodes without operations. Each of the six
// pairs of nodes has one of five operations, of which "none" means no edge. There are 15,625 cells;
// each was trained separately, even if it is isomorphic to another.
type NASBench201 struct{}

const nb201Nodes = 4

var nasBench201 = must(New("nasbench201", []Part{{
	Name:     "cell",
	MaxNodes: nb201Nodes,
	EdgeOps:  []string{"none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"},
}}, nil))

// must returns one of this package's own spaces, whose descriptions are valid.
func must(s *Sequential, err error) *Sequential {
	if err != nil {
		panic(err)
	}
	return s
}

// Name returns "nasbench201".
func (NASBench201) Name() string { return nasBench201.Name() }

// Parts returns the only part, "cell".
func (NASBench201) Parts() []Part { return nasBench201.Parts() }

// Key returns the cell in the benchmark's notation.
func (s NASBench201) Key(a Arch) string { return s.Format(a) }

// Validate returns nil if a is one of the 15,625 cells.
func (NASBench201) Validate(a Arch) error { return nasBench201.Validate(a) }

// Start returns a Builder for a new cell.
func (NASBench201) Start() Builder { return nasBench201.Start() }

// All yields the 15,625 cells.
func (NASBench201) All() iter.Seq[Arch] { return members(nasBench201) }

// members enumerates a space of this package, which must not have dead ends.
func members(s Space) iter.Seq[Arch] {
	return func(yield func(Arch) bool) {
		for a, err := range Enumerate(s.Start()) {
			if err != nil {
				panic(err)
			}
			if !yield(a) {
				return
			}
		}
	}
}

// Format returns a cell in the benchmark's notation: the operations into nodes 1, 2 and 3, each
// with the number of its source node, as in
// "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|". An architecture that
// is not a cell of the space is formatted with Arch.String.
func (NASBench201) Format(a Arch) string {
	part := nasBench201.parts[0]
	if len(a.parts) != 1 || a.parts[0].name != part.Name || a.parts[0].n != part.MaxNodes || a.parts[0].nodeOps != nil {
		return a.String()
	}
	var s strings.Builder
	s.Grow(len("|nor_conv_3x3~0") * 7)
	for to := 1; to < part.MaxNodes; to++ {
		if to > 1 {
			s.WriteByte('+')
		}
		s.WriteByte('|')
		for from := range to {
			op := part.EdgeOps[0]
			if a.parts[0].HasEdge(from, to) {
				op = a.parts[0].EdgeOp(from, to)
				if slices.Index(part.EdgeOps, op) < 1 {
					return a.String()
				}
			}
			s.WriteString(op + "~" + strconv.Itoa(from) + "|")
		}
	}
	return s.String()
}

// Parse reads the benchmark's notation, with the operations of a node in any order, and the forms
// printed by the authors' programs: "Structure(4 nodes with |nor_conv_3x3~0|+…)", or, for each of
// the nodes 1, 2 and 3, a tuple of its operations with their source nodes, as in ((('nor_conv_3x3',
// 0),), (('none', 0), ('skip_connect', 1)), …).
func (NASBench201) Parse(text string) (Arch, error) {
	edges, err := nb201Edges(bare(text))
	if err != nil {
		return Arch{}, fmt.Errorf("%s: %w: %.400q: %w", nasBench201.name, ErrInvalid, text, err)
	}
	g, err := NewDAG("cell", nasBench201.parts[0].MaxNodes, nil, edges)
	if err != nil {
		return Arch{}, fmt.Errorf("%s: %w", nasBench201.name, err)
	}
	return NewArch(g), nil
}

// nb201Edges reads the edges of a cell.
func nb201Edges(text string) ([]Edge, error) {
	if strings.HasPrefix(text, "(") || strings.HasPrefix(text, "[") {
		return nb201Tuples(text)
	}
	if inner, ok := strings.CutPrefix(text, "Structure(4 nodes with "); ok {
		text = strings.TrimSuffix(inner, ")")
	}
	nodes := strings.Split(text, "+")
	if len(nodes) != nb201Nodes-1 {
		return nil, nb201NoCell(text)
	}
	c := nb201Cell{edges: make([]Edge, 0, 6)}
	for i, node := range nodes {
		ops := strings.Split(strings.TrimSpace(node), "|")
		if len(ops) != i+3 || ops[0] != "" || ops[i+2] != "" {
			return nil, fmt.Errorf("node %d must have %s between bars, got %q", i+1, countOf(i+1, "operation"), node)
		}
		for _, op := range ops[1 : i+2] {
			name, source, _ := strings.Cut(op, "~")
			from := slices.Index([]string{"0", "1", "2"}, source)
			if err := c.add(name, from, i+1); err != nil {
				return nil, err
			}
		}
	}
	return c.edges, nil
}

// nb201Tuples reads the tuples of the operations of each node.
func nb201Tuples(text string) ([]Edge, error) {
	values, err := readPython(text)
	if err != nil {
		return nil, err
	}
	nodes, _ := first(values).([]any)
	if len(nodes) != nb201Nodes-1 || len(values) != 1 {
		return nil, nb201NoCell(text)
	}
	var c nb201Cell
	for i, node := range nodes {
		ops, _ := node.([]any)
		if len(ops) != i+1 {
			return nil, fmt.Errorf("node %d must have %s ('operation', node), got %d", i+1, countOf(i+1, "pair"), len(ops))
		}
		for _, op := range ops {
			pair, _ := op.([]any)
			if len(pair) != 2 {
				return nil, nb201NoCell(text)
			}
			name, ok := pair[0].(string)
			from, isNumber := wholeNumber(pair[1])
			if !ok || !isNumber {
				return nil, nb201NoCell(text)
			}
			if err := c.add(name, from, i+1); err != nil {
				return nil, err
			}
		}
	}
	return c.edges, nil
}

// nb201Cell is a cell being read.
type nb201Cell struct {
	edges []Edge
	seen  [nb201Nodes][nb201Nodes]bool
}

// add adds an operation between two nodes.
func (c *nb201Cell) add(op string, from, to int) error {
	if from < 0 || from >= to {
		return fmt.Errorf("operation %q of node %d must read an earlier node, as in %q", op, to, op+"~0")
	}
	if c.seen[to][from] {
		return fmt.Errorf("node %d has two operations that read node %d", to, from)
	}
	c.seen[to][from] = true
	ops := nasBench201.parts[0].EdgeOps
	label := slices.Index(ops, op)
	if label < 0 {
		return fmt.Errorf("unknown operation %q; %s", op, theOperationsAre(ops))
	}
	if label > 0 {
		c.edges = append(c.edges, Edge{From: from, To: to, Op: ops[label]}) // op itself would keep the whole text in memory
	}
	return nil
}

// sizeSpaceText matches an architecture of NATS-Bench's size space: the numbers of channels of five
// layers.
var sizeSpaceText = regexp.MustCompile(`^\d+(:\d+){4}$`)

// nb201NoCell returns the error for a text that does not have the form of a cell.
func nb201NoCell(text string) error {
	if sizeSpaceText.MatchString(text) {
		return errors.New("this is an architecture of NATS-Bench's size space, with five numbers of channels; " +
			"NAS-Bench-201 is the topology space")
	}
	return errors.New("a cell must be of the form |nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|")
}
