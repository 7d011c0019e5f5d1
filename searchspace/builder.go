package searchspace

import (
	"errors"
	"fmt"
	"slices"
)

// ErrDeadEnd is wrapped by the error of a Builder that reaches a decision with no allowed value.
// This is a bug in the space.
var ErrDeadEnd = errors.New("no value is allowed")

// Kind is the kind of a Decision.
type Kind uint8

// The kinds of decisions.
const (
	NodeOp       Kind = iota // the operation of Node: an index into the part's NodeOps
	EdgePresence             // whether there is an edge From→Node: 0 or 1
	EdgeOp                   // the operation of From→Node: an index into the part's EdgeOps, never 0
	NodeField                // a field of Node: an index into the Values of the part's NodeFields[Field]
	EdgeField                // a field of From→Node: an index into the Values of the part's EdgeFields[Field]
)

// String returns the name of the kind.
func (k Kind) String() string {
	switch k {
	case NodeOp:
		return "node operation"
	case EdgePresence:
		return "edge"
	case EdgeOp:
		return "edge operation"
	case NodeField:
		return "node field"
	case EdgeField:
		return "edge field"
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Decision is one choice in building an architecture.
type Decision struct {
	Part    int // index of the part
	Kind    Kind
	Node    int     // the node that the decision is about
	From    int     // the edge's source, for decisions about edges; otherwise −1
	Field   int     // the index of the field, for decisions about fields
	Allowed []int   // the allowed values in ascending order; shared, so callers must not change it
	reason  *string // why nothing is allowed, if known
}

// DeadEnd returns the error for a decision without an allowed value. It wraps [ErrDeadEnd].
func (d Decision) DeadEnd() error {
	if d.reason != nil {
		return fmt.Errorf("%v: %w: %s", d, ErrDeadEnd, *d.reason)
	}
	return fmt.Errorf("%v: %w", d, ErrDeadEnd)
}

// check returns an error if the decision does not allow the value.
func (d *Decision) check(parts []Part, value int) error {
	if len(d.Allowed) == 0 {
		return d.DeadEnd()
	}
	if _, ok := slices.BinarySearch(d.Allowed, value); !ok {
		return fmt.Errorf("%w: %s", ErrInvalid, notAllowed(parts, Step{Decision: *d, Value: value}))
	}
	return nil
}

// String describes the decision for messages.
func (d Decision) String() string {
	switch d.Kind {
	case NodeOp:
		return fmt.Sprintf("%v of node %d in part %d", d.Kind, d.Node, d.Part)
	case NodeField:
		return fmt.Sprintf("field %d of node %d in part %d", d.Field, d.Node, d.Part)
	case EdgeField:
		return fmt.Sprintf("field %d of edge %d→%d in part %d", d.Field, d.From, d.Node, d.Part)
	}
	return fmt.Sprintf("%v %d→%d in part %d", d.Kind, d.From, d.Node, d.Part)
}

// Builder builds an architecture decision by decision. Every path of decisions ends in a valid
// architecture, and every valid architecture has exactly one path. The allowed values depend only
// on earlier decisions. Decisions come part by part and node by node: a node's operation, its
// fields in order, its EdgePresence decisions one after another, and then the operation and fields
// of each of its edges.
//
// A Builder is not safe for concurrent use.
type Builder interface {
	// Next returns the next decision, the same one until Take is called. It returns false if the
	// architecture is complete.
	Next() (Decision, bool)
	// Take makes the next decision. If the value is not allowed, it returns an error and does
	// nothing.
	Take(value int) error
	// Arch returns the architecture, or an error if it is not complete.
	Arch() (Arch, error)
	// Clone returns an independent copy.
	Clone() Builder
}

// sequence is the Builder of a Sequential space. Its state is the draft and the position; Next
// computes the decision from them.
type sequence struct {
	of    *Sequential
	draft Draft
	pos   position
	ended bool // whether the current node has the operation that ends its part
	next  Decision
	ready bool // whether next is the decision at pos
}

var _ Skipper = (*sequence)(nil)

// position is a position in the order of decisions.
type position struct {
	part  int
	kind  Kind
	node  int
	from  int
	field int
}

var bothValues = []int{0, 1}

func newSequence(of *Sequential) *sequence {
	s := &sequence{of: of, draft: newDraft(of.parts), pos: position{part: -1}}
	s.enterPart()
	return s
}

// Next implements Builder.
func (s *sequence) Next() (Decision, bool) {
	if !s.prepare() {
		return Decision{}, false
	}
	return s.next, true
}

// prepare sets next to the decision at the position and reports whether there is one.
func (s *sequence) prepare() bool {
	if s.pos.part >= len(s.of.parts) {
		return false
	}
	if !s.ready {
		s.free(&s.next)
		s.of.rules.narrow(&s.draft, &s.next)
		s.ready = true
	}
	return true
}

// free sets d to the decision at the position with all values that the rules might allow.
func (s *sequence) free(d *Decision) {
	p := &s.of.parts[s.pos.part]
	*d = Decision{Part: s.pos.part, Kind: s.pos.kind, Node: s.pos.node, From: s.pos.from, Field: s.pos.field}
	switch d.Kind {
	case NodeOp:
		d.From = -1
		d.Allowed = upTo(0, len(p.NodeOps))
		if p.Last != "" {
			d.Allowed = ending(*p, d.Node, d.Allowed)
		}
	case EdgePresence:
		d.Allowed = bothValues
	case EdgeOp:
		d.Allowed = upTo(1, len(p.EdgeOps))
	case NodeField:
		d.From = -1
		d.Allowed = upTo(0, len(p.NodeFields[d.Field].Values))
	case EdgeField:
		d.Allowed = upTo(0, len(p.EdgeFields[d.Field].Values))
	}
}

// forbids returns the rule that forbids a value of the next decision.
func (s *sequence) forbids(value int) string {
	var d Decision
	if s.free(&d); slices.Contains(d.Allowed, value) {
		return s.of.rules.forbids(&s.draft, d, value)
	}
	return ""
}

// ending removes operations that would end the part too early or too late.
func ending(p Part, node int, ops []int) []int {
	last := slices.Index(p.NodeOps, p.Last)
	switch {
	case node == p.MaxNodes-1:
		return ops[last : last+1 : last+1]
	case node < p.MinNodes-1:
		return slices.Delete(slices.Clone(ops), last, last+1)
	}
	return ops
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

// upTo returns lo, lo+1, …, hi−1. It does not allocate for small ranges.
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
	if !s.prepare() {
		return errors.New("the architecture is already complete")
	}
	d := &s.next
	if err := d.check(s.of.parts, value); err != nil {
		return err
	}
	s.take(value)
	return nil
}

// take makes the decision in next. The value must be allowed.
func (s *sequence) take(value int) {
	d := &s.next
	s.draft.set(d, value)
	s.ready = false
	if d.Kind == NodeOp {
		p := &s.of.parts[d.Part]
		s.ended = p.Last != "" && p.NodeOps[value] == p.Last
	}
	s.advance()
}

// Skip implements [Skipper]. It skips the edges into a node of a chain.
func (s *sequence) Skip() int {
	if s.pos.part >= len(s.of.parts) || s.pos.kind != EdgePresence || !s.of.compiled[s.pos.part].wired {
		return 0
	}
	skipped := s.pos.node - s.pos.from
	s.draft.parts[s.pos.part].edges[triangle(s.pos.node)+s.pos.node-1] = edgeWithoutOp
	s.ready = false
	s.pos.from = s.pos.node - 1
	s.advance()
	return skipped
}

// advance moves to the next decision that exists.
func (s *sequence) advance() {
	switch s.pos.kind {
	case NodeOp:
		s.pos.kind, s.pos.field = NodeField, -1
		fallthrough
	case NodeField:
		if s.nextNodeField() {
			return
		}
		s.pos.kind, s.pos.field, s.pos.from = EdgePresence, 0, -1
		fallthrough
	case EdgePresence:
		if s.pos.from++; s.pos.from < s.pos.node {
			return
		}
		s.pos.kind, s.pos.from = EdgeOp, -1
	case EdgeOp:
		s.pos.kind, s.pos.field = EdgeField, -1
	}
	if s.nextOfEdge() {
		return
	}
	if s.ended || s.pos.node == s.of.parts[s.pos.part].MaxNodes-1 {
		s.enterPart()
		return
	}
	s.enterNode(s.pos.node + 1)
}

// nextNodeField moves to the next field of the node and reports whether there is one.
func (s *sequence) nextNodeField() bool {
	fields := s.of.compiled[s.pos.part].node
	if len(fields) == 0 {
		return false
	}
	p := &s.draft.parts[s.pos.part]
	for s.pos.field++; s.pos.field < len(fields); s.pos.field++ {
		if fields[s.pos.field].exists(int(p.ops[s.pos.node]), p.fieldsOfNode(s.pos.node)) {
			return true
		}
	}
	return false
}

// nextOfEdge moves to the next field of the edge, or to the operation or first field of a later
// edge of the node, and reports whether there is one.
func (s *sequence) nextOfEdge() bool {
	ops, fields := s.of.parts[s.pos.part].EdgeOps != nil, s.of.compiled[s.pos.part].edge
	if !ops && len(fields) == 0 {
		return false
	}
	for {
		if s.pos.kind == EdgeField && s.nextEdgeField(fields) {
			return true
		}
		for s.pos.from++; s.pos.from < s.pos.node; s.pos.from++ {
			if s.draft.HasEdge(s.pos.part, s.pos.from, s.pos.node) {
				break
			}
		}
		if s.pos.from >= s.pos.node {
			return false
		}
		if ops {
			s.pos.kind, s.pos.field = EdgeOp, 0
			return true
		}
		s.pos.kind, s.pos.field = EdgeField, -1
	}
}

// nextEdgeField moves to the next field of the edge and reports whether there is one.
func (s *sequence) nextEdgeField(fields []compiledField) bool {
	if len(fields) == 0 {
		return false
	}
	p := &s.draft.parts[s.pos.part]
	op := int(p.edges[triangle(s.pos.node)+s.pos.from])
	for s.pos.field++; s.pos.field < len(fields); s.pos.field++ {
		if fields[s.pos.field].exists(op, p.fieldsOfEdge(s.pos.from, s.pos.node)) {
			return true
		}
	}
	return false
}

// enterPart moves to the first decision of the next part.
func (s *sequence) enterPart() {
	s.pos.part++
	s.ended = false
	if s.pos.part < len(s.of.parts) {
		s.enterNode(0)
	}
}

// enterNode moves to the first decision of a node, or past the node if it has no operation, fields
// or edges.
func (s *sequence) enterNode(node int) {
	s.draft.begin(s.pos.part, node)
	if s.of.parts[s.pos.part].NodeOps != nil {
		s.pos = position{part: s.pos.part, kind: NodeOp, node: node}
		return
	}
	s.pos = position{part: s.pos.part, kind: NodeField, node: node, field: -1}
	s.advance()
}

// Arch implements Builder.
func (s *sequence) Arch() (Arch, error) {
	if d, ok := s.Next(); ok {
		return Arch{}, fmt.Errorf("the architecture is not complete: %v is not decided", d)
	}
	return s.draft.arch(s.of.parts), nil
}

// Clone implements Builder.
func (s *sequence) Clone() Builder {
	c := *s
	c.draft = s.draft.clone()
	return &c
}
