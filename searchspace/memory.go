package searchspace

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
)

var (
	_ Forgetful     = (*sequence)(nil)
	_ ForgetfulRule = additive{}
	_ ForgetfulRule = same{}
	_ ForgetfulRule = fixed{}
	_ ForgetfulRule = forgetful{}
)

// forgetful is a rule with a function for its memory. If the function is nil, the rule does not
// need memory.
type forgetful struct {
	Rule
	memory func(sofar *Draft) string
	kinds  kindSet // decisions that the rule may narrow; 0 means all
}

func (f forgetful) narrows() kindSet { return cmp.Or(f.kinds, allKinds) }

// Memory returns what matters to later decisions.
func (f forgetful) Memory(sofar *Draft) string {
	if f.memory == nil {
		return ""
	}
	return f.memory(sofar)
}

// Memory returns the position, the current node, and the memory of the rules. It returns false if a
// rule cannot tell.
func (s *sequence) Memory() (string, bool) {
	if s.pos.part == len(s.of.parts) {
		return "", true // no decisions are left
	}
	var m []byte
	for _, v := range []int{s.pos.part, int(s.pos.kind), s.pos.node, s.pos.from, s.pos.field} {
		m = binary.AppendVarint(m, int64(v))
	}
	if s.ended {
		m = append(m, 1)
	}
	p, part := s.of.parts[s.pos.part], &s.draft.parts[s.pos.part]
	for _, v := range part.nodeLabel(s.pos.node) {
		m = binary.AppendVarint(m, int64(v))
	}
	if p.EdgeOps != nil || len(p.EdgeFields) > 0 || len(s.of.rules) > 0 { // the edges matter
		for from := range s.pos.node {
			for _, v := range part.edgeLabel(from, s.pos.node) {
				m = binary.AppendVarint(m, int64(v))
			}
		}
	}
	return s.of.rules.remember(m, &s.draft)
}

// remember appends the memory of the rules.
func (all rules) remember(m []byte, sofar *Draft) (string, bool) {
	for _, r := range all {
		f, ok := r.Rule.(ForgetfulRule)
		if !ok {
			return "", false
		}
		text := f.Memory(sofar)
		m = binary.AppendVarint(m, int64(len(text)))
		m = append(m, text...)
	}
	return string(m), true
}

// opaque returns the first rule that does not implement ForgetfulRule, or nil.
func (all rules) opaque() Rule {
	for _, r := range all {
		if _, ok := r.Rule.(ForgetfulRule); !ok {
			return r.Rule
		}
	}
	return nil
}

// opaqueRule describes the rule because of which a builder has no Memory, if it is known.
func opaqueRule(b Builder) string {
	var rule Rule
	switch b := b.(type) {
	case *sequence:
		rule = b.of.rules.opaque()
	case *restrictedBuilder:
		if rule = b.rules.opaque(); rule == nil {
			return opaqueRule(b.Builder)
		}
	}
	if rule == nil {
		return ""
	}
	return fmt.Sprintf("rule %q must implement ForgetfulRule; ", rule)
}

// Memory returns the memory of the underlying builder and of the rules.
func (b *restrictedBuilder) Memory() (string, bool) {
	f, ok := b.Builder.(Forgetful)
	if !ok {
		return "", false
	}
	memory, ok := f.Memory()
	if !ok {
		return "", false
	}
	d, _ := b.Next()
	m := []byte(memory)
	for from := range d.Node { // the underlying builder may ignore edges
		for _, v := range b.draft.parts[d.Part].edgeLabel(from, d.Node) {
			m = binary.AppendVarint(m, int64(v))
		}
	}
	return b.rules.remember(m, &b.draft)
}

// Memory returns the cost so far, without the current node.
func (r additive) Memory(sofar *Draft) string {
	part := 0
	for i := range sofar.parts {
		if sofar.parts[i].nodes > 0 {
			part = i
		}
	}
	sum := r.before(sofar, Decision{Part: part, Node: sofar.parts[part].nodes - 1})
	return string(binary.LittleEndian.AppendUint64(nil, math.Float64bits(sum)))
}

// Memory returns the values at the places that are decided.
func (s same) Memory(sofar *Draft) string {
	var m []byte
	for _, at := range s.at {
		value := -1
		if at.node < sofar.Nodes(at.part) {
			value = at.valueIn(sofar)
		}
		m = binary.AppendVarint(m, int64(value))
	}
	return string(m)
}

// dangling lists the earlier nodes of the current part that no node before the current one reads.
func dangling(sofar *Draft) string {
	part := 0
	for i := range sofar.parts {
		if sofar.parts[i].nodes > 0 {
			part = i
		}
	}
	node := sofar.parts[part].nodes - 1
	var m []byte
	for v := range node {
		if !feeds(sofar, part, v, node) {
			m = binary.AppendVarint(m, int64(v))
		}
	}
	return string(m)
}
