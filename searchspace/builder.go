package searchspace

import (
	"errors"
	"fmt"
	"slices"
)

// ErrDeadEnd is wrapped by the error of a Builder at a decision without an allowed value, which is a fault of the space.
var ErrDeadEnd = errors.New("no value is allowed")

// Kind says what a Decision decides.
type Kind uint8

// The kinds of decisions.
const (
	NodeOp       Kind = iota // the operation of Node: an index into the part's NodeOps
	EdgePresence             // whether From feeds Node: 0 or 1
	EdgeOp                   // the operation on From→Node: an index into the part's EdgeOps, never 0
)

// String names the kind.
func (k Kind) String() string {
	switch k {
	case NodeOp:
		return "node operation"
	case EdgePresence:
		return "edge"
	case EdgeOp:
		return "edge operation"
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Decision is one choice on the way to an architecture.
type Decision struct {
	Part    int // index of the part
	Kind    Kind
	Node    int   // the node that is decided
	From    int   // the edge's source, for decisions about edges; otherwise −1
	Allowed []int // the values that it may take, ascending; shared, so callers must not change it
}

// String describes the decision for messages.
func (d Decision) String() string {
	if d.Kind == NodeOp {
		return fmt.Sprintf("%v of node %d in part %d", d.Kind, d.Node, d.Part)
	}
	return fmt.Sprintf("%v %d→%d in part %d", d.Kind, d.From, d.Node, d.Part)
}

// Builder builds an architecture decision by decision. Every path of decisions ends in a valid architecture, and every valid
// architecture has exactly one path. Which values are allowed depends only on earlier decisions. The decisions come part by
// part and node by node; a node's EdgePresence decisions are consecutive and its EdgeOp decisions come after them.
//
// A Builder is not safe for concurrent use.
type Builder interface {
	// Next returns the next decision, the same one until Take. It returns false if the architecture is complete.
	Next() (Decision, bool)
	// Take takes the next decision. It returns an error, and does nothing, if the value is not allowed.
	Take(value int) error
	// Arch returns the architecture, or an error if it is not complete.
	Arch() (Arch, error)
	// Clone returns an independent copy.
	Clone() Builder
}

// sequence is the Builder of a Sequential space. Its state is the draft and the position, from which Next computes the
// decision.
type sequence struct {
	parts []Part
	rule  Rule
	draft Draft
	pos   position
	ended bool // the current node has the operation that ends its part
	next  Decision
	ready bool // next is the decision at pos
}

// position is the position of a sequence in the order of decisions.
type position struct {
	part int
	kind Kind
	node int
	from int
}

var bothValues = []int{0, 1}

func newSequence(parts []Part, rule Rule) *sequence {
	s := &sequence{parts: parts, rule: rule, draft: newDraft(parts), pos: position{part: -1}}
	s.enterPart()
	return s
}

// Next implements Builder.
func (s *sequence) Next() (Decision, bool) {
	if s.pos.part >= len(s.parts) {
		return Decision{}, false
	}
	if !s.ready {
		s.next = s.decide()
		s.ready = true
	}
	return s.next, true
}

func (s *sequence) decide() Decision {
	p := s.parts[s.pos.part]
	d := Decision{Part: s.pos.part, Kind: s.pos.kind, Node: s.pos.node, From: s.pos.from}
	switch d.Kind {
	case NodeOp:
		d.From = -1
		d.Allowed = upTo(0, len(p.NodeOps))
		if p.Last != "" && d.Node == p.MaxNodes-1 {
			last := slices.Index(p.NodeOps, p.Last)
			d.Allowed = upTo(last, last+1)
		}
	case EdgePresence:
		d.Allowed = bothValues
	case EdgeOp:
		d.Allowed = upTo(1, len(p.EdgeOps))
	}
	if s.rule != nil {
		d.Allowed = within(s.rule(&s.draft, d), d.Allowed)
	}
	return d
}

// within removes the values that a rule must not allow because they were not allowed before.
func within(values, allowed []int) []int {
	for i, v := range values {
		if !slices.Contains(allowed, v) {
			return within(slices.Delete(slices.Clone(values), i, i+1), allowed)
		}
	}
	return values
}

// upTo returns lo, lo+1, …, hi−1. It does not allocate for the usual sizes.
func upTo(lo, hi int) []int {
	if hi <= len(smallInts) {
		return smallInts[lo:hi:hi]
	}
	values := make([]int, hi-lo)
	for i := range values {
		values[i] = lo + i
	}
	return values
}

var smallInts = func() []int {
	values := make([]int, 64)
	for i := range values {
		values[i] = i
	}
	return values
}()

// Take implements Builder.
func (s *sequence) Take(value int) error {
	d, ok := s.Next()
	if !ok {
		return errors.New("the architecture is complete: there is no decision left")
	}
	if len(d.Allowed) == 0 {
		return fmt.Errorf("%v: %w", d, ErrDeadEnd)
	}
	if _, ok := slices.BinarySearch(d.Allowed, value); !ok {
		return fmt.Errorf("%w: %s", ErrInvalid, notAllowed(s.parts, Step{Decision: d, Value: value}))
	}
	p := s.parts[d.Part]
	s.draft.set(d, value)
	s.ready = false
	if d.Kind == NodeOp {
		s.ended = p.Last != "" && p.NodeOps[value] == p.Last
		s.pos.kind, s.pos.from = EdgePresence, -1
	}
	s.advance()
	return nil
}

// advance moves to the next decision that exists.
func (s *sequence) advance() {
	p := s.parts[s.pos.part]
	s.pos.from++
	if s.pos.kind == EdgePresence {
		if s.pos.from < s.pos.node {
			return
		}
		s.pos.kind, s.pos.from = EdgeOp, 0
	}
	if p.EdgeOps != nil {
		for ; s.pos.from < s.pos.node; s.pos.from++ {
			if s.draft.HasEdge(s.pos.part, s.pos.from, s.pos.node) {
				return
			}
		}
	}
	if s.ended || s.pos.node == p.MaxNodes-1 {
		s.enterPart()
		return
	}
	s.enterNode(s.pos.node + 1)
}

// enterPart moves to the first decision of the next part.
func (s *sequence) enterPart() {
	s.pos.part++
	s.ended = false
	if s.pos.part < len(s.parts) {
		s.enterNode(0)
	}
}

// enterNode moves to the first decision of a node or, if it has neither an operation nor edges, beyond it.
func (s *sequence) enterNode(node int) {
	s.draft.begin(s.pos.part, node)
	if s.parts[s.pos.part].NodeOps != nil {
		s.pos = position{part: s.pos.part, kind: NodeOp, node: node}
		return
	}
	s.pos = position{part: s.pos.part, kind: EdgePresence, node: node, from: -1}
	s.advance()
}

// Arch implements Builder.
func (s *sequence) Arch() (Arch, error) {
	if d, ok := s.Next(); ok {
		return Arch{}, fmt.Errorf("the architecture is not complete: %v is not decided", d)
	}
	return s.draft.arch(s.parts), nil
}

// Clone implements Builder.
func (s *sequence) Clone() Builder {
	c := *s
	c.draft = s.draft.clone()
	return &c
}
