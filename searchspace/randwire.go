package searchspace

import (
	"errors"
	"fmt"
	"strconv"
)

var _ Space = RandWire{}

// RandWire is the space of randomly wired networks (Xie et al. 2019, arXiv 1904.01569). Each stage
// of the network is a part, which is any directed acyclic graph with a fixed number of nodes. Nodes
// have no operations: every node applies the same convolution to the sum of its inputs. A node
// without inputs reads the input of the stage, and a node without outgoing edges feeds the output
// of the stage. N nodes can be wired in 2^(N(N−1)/2) ways, counted as ordered graphs.
//
// The zero RandWire is the paper's small regime, with three stages of 32 nodes. NewRandWire returns
// one of other sizes; the paper's regular regime is NewRandWire(16, 32, 32, 32).
type RandWire struct {
	made *Sequential // nil for randWire
}

var randWire = must(newRandWire(32, 32, 32))

// NewRandWire returns the space of networks whose stages have the given numbers of nodes. There
// must be at least one stage, and each must have at least one node.
func NewRandWire(nodes ...int) (RandWire, error) {
	s, err := newRandWire(nodes...)
	return RandWire{s}, err
}

func newRandWire(nodes ...int) (*Sequential, error) {
	if len(nodes) == 0 {
		return nil, errors.New("a RandWire network must have at least 1 stage")
	}
	name := "randwire"
	stages := make([]Part, len(nodes))
	for i, n := range nodes {
		if n < 1 {
			return nil, fmt.Errorf("stage %d of a RandWire network must have at least 1 node, got %d", i+1, n)
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

// Name returns "randwire" followed by the stages' numbers of nodes: "randwire-32-32-32".
func (s RandWire) Name() string { return s.sequential().Name() }

// Parts returns the stages "stage1", "stage2", and so on.
func (s RandWire) Parts() []Part { return s.sequential().Parts() }

// Key returns the same string for networks whose stages are isomorphic, because the numbering of a
// stage's nodes has no effect. It writes each stage in canonical order, which takes about 100 µs
// for a stage of 32 nodes.
func (s RandWire) Key(a Arch) string {
	if s.Validate(a) != nil {
		return a.String()
	}
	return unorderedKey(a)
}

// Validate returns nil if a is a network of the space.
func (s RandWire) Validate(a Arch) error { return s.sequential().Validate(a) }

// Start returns a Builder for a new network.
func (s RandWire) Start() Builder { return s.sequential().Start() }
