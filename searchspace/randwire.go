package searchspace

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

var _ Space = RandWire{}

// RandWire is the space of randomly wired networks (Xie et al. 2019, arXiv 1904.01569). Each stage of the network is a part
// of its own, any directed acyclic graph of a fixed number of nodes, which carry no operations: every node is the same
// convolution of the sum of what feeds it. A node that nothing feeds reads the stage's input, a node that feeds nothing
// feeds the stage's output. N nodes can be wired in 2^(N(N−1)/2) ways, counted as ordered graphs.
//
// The zero RandWire is the paper's small regime, three stages of 32 nodes. NewRandWire makes one of other sizes; the
// paper's regular regime is NewRandWire(16, 32, 32, 32).
type RandWire struct {
	made *Sequential // nil: randWire
}

var randWire = must(newRandWire(32, 32, 32))

// NewRandWire makes the space of networks with a stage of so many nodes for each argument, at least one stage and in each
// at least one node.
func NewRandWire(nodes ...int) (RandWire, error) {
	s, err := newRandWire(nodes...)
	return RandWire{s}, err
}

func newRandWire(nodes ...int) (*Sequential, error) {
	if len(nodes) == 0 {
		return nil, errors.New("RandWire space without stages")
	}
	name := "randwire"
	stages := make([]Part, len(nodes))
	for i, n := range nodes {
		if n < 1 {
			return nil, fmt.Errorf("RandWire space with %d nodes in stage %d", n, i+1)
		}
		name += "-" + strconv.Itoa(n)
		stages[i] = Part{Name: "stage" + strconv.Itoa(i+1), MaxNodes: n}
	}
	return New(name, stages, nil)
}

func (s RandWire) sequential() *Sequential {
	if s.made == nil {
		return randWire
	}
	return s.made
}

// Name returns "randwire" and the stages' numbers of nodes: "randwire-32-32-32".
func (s RandWire) Name() string { return s.sequential().Name() }

// Parts returns the stages, "stage1" and so on.
func (s RandWire) Parts() []Part { return s.sequential().Parts() }

// Key is equal for networks whose stages are isomorphic: the order in which a stage's nodes are numbered is no part of the
// network. It writes each stage out in a canonical order, which takes about a hundred microseconds for a stage of 32 nodes.
func (s RandWire) Key(a Arch) string {
	if s.Validate(a) != nil {
		return a.String()
	}
	var text strings.Builder
	for i, g := range a.parts {
		if i > 0 {
			text.WriteString(" / ")
		}
		canonical(g, 0).write(&text)
	}
	return text.String()
}

// Validate tells whether a is a network of the space.
func (s RandWire) Validate(a Arch) error { return s.sequential().Validate(a) }

// Start begins a network.
func (s RandWire) Start() Builder { return s.sequential().Start() }
