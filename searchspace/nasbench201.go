package searchspace

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
)

var _ interface {
	Space
	Enumerator
	Notation
} = NASBench201{}

// NASBench201 is the cell space of NAS-Bench-201 (Dong & Yang 2020, arXiv 2001.00326): four nodes without operations,
// each of the six pairs carrying one of five operations, of which "none" is the absence of the edge. It has 15,625
// cells, and each has figures of its own, isomorphic ones too.
type NASBench201 struct{}

var nasBench201 = must(New("nasbench201", []Part{{
	Name:     "cell",
	MaxNodes: 4,
	EdgeOps:  []string{"none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"},
}}, nil))

// must is for the package's own spaces, whose descriptions are constants.
func must(s *Sequential, err error) *Sequential {
	if err != nil {
		panic(err)
	}
	return s
}

// Name returns "nasbench201".
func (NASBench201) Name() string { return nasBench201.Name() }

// Parts returns the one part, "cell".
func (NASBench201) Parts() []Part { return nasBench201.Parts() }

// Key is the benchmark's string.
func (s NASBench201) Key(a Arch) string { return s.Format(a) }

// Validate tells whether a is one of the 15,625 cells.
func (NASBench201) Validate(a Arch) error { return nasBench201.Validate(a) }

// Start begins a cell.
func (NASBench201) Start() Builder { return nasBench201.Start() }

// All yields the 15,625 cells.
func (NASBench201) All() iter.Seq[Arch] { return members(nasBench201) }

// members lists a space of this package, which has no dead end.
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

// Format writes a cell in the benchmark's notation: the operations into node 1, 2 and 3, each with the number of the
// node it reads, as in "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|". What is no cell of
// the space is written as Arch.String does.
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

// Parse reads the benchmark's notation.
func (NASBench201) Parse(text string) (Arch, error) {
	bad := func(what string) (Arch, error) {
		return Arch{}, fmt.Errorf("nasbench201: %w: %q: %s", ErrInvalid, text, what)
	}
	nodes := strings.Split(text, "+")
	if len(nodes) != 3 {
		return bad("not three nodes")
	}
	part := nasBench201.parts[0]
	edges := make([]Edge, 0, 6)
	for i, node := range nodes {
		to := i + 1
		ops := strings.Split(node, "|")
		if len(ops) != to+2 || ops[0] != "" || ops[to+1] != "" {
			return bad(fmt.Sprintf("node %d has not %d operations", to, to))
		}
		for from, text := range ops[1 : to+1] {
			op, source, _ := strings.Cut(text, "~")
			if source != strconv.Itoa(from) {
				return bad(fmt.Sprintf("operation %q of node %d does not read node %d", text, to, from))
			}
			label := slices.Index(part.EdgeOps, op)
			if label < 0 {
				return bad(fmt.Sprintf("unknown operation %q", op))
			}
			if label > 0 {
				edges = append(edges, Edge{From: from, To: to, Op: part.EdgeOps[label]}) // not op, which holds on to text
			}
		}
	}
	g, err := NewDAG(part.Name, part.MaxNodes, nil, edges)
	if err != nil {
		return bad(err.Error())
	}
	return NewArch(g), nil
}
