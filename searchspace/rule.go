package searchspace

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// Rule restricts the decisions of a space. Rules compose: each receives the values that the ones
// before it allow.
//
// [AtMost], [AtLeast], [Connected], [Inputs], [Same], [Fix] and [Forbid] return rules, and
// [RuleFunc] turns a function into one.
type Rule interface {
	// Allow returns the values of d.Allowed that the rule allows, in ascending order. It must depend
	// only on the draft and the decision, and must not keep either. It must always leave a value
	// that leads to a complete architecture; otherwise the space has a dead end ([ErrDeadEnd]).
	Allow(sofar *Draft, d Decision) []int
	// String describes what the rule requires, for error messages: "at most 3 pools".
	String() string
}

// Binder is implemented by a Rule that must be prepared for the parts of a space. Bind returns the
// rule to use instead, or an error if the rule does not fit the parts. The rule is for the part with
// the given index, among whose Rules it is, or for the whole space if the index is −1.
type Binder interface {
	Bind(parts []Part, part int) (Rule, error)
}

// RuleFunc adapts a function to a Rule. Its String is the name of the function; use [Named] for
// another text.
type RuleFunc func(sofar *Draft, d Decision) []int

// Allow calls f.
func (f RuleFunc) Allow(sofar *Draft, d Decision) []int { return f(sofar, d) }

// String returns the name of the function.
func (f RuleFunc) String() string {
	if f == nil {
		return "nil"
	}
	name := runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name()
	return name[strings.LastIndexByte(name, '/')+1:]
}

// Named returns a Rule that calls f and has the given text as its String.
func Named(text string, f func(sofar *Draft, d Decision) []int) Rule { return named{RuleFunc(f), text} }

type named struct {
	RuleFunc
	text string
}

func (n named) String() string { return n.text }

// Forbid returns a rule that forbids single values, such as an operation in one place. The function
// reports whether the decision must not have the value. It must not forbid all values of a
// decision.
func Forbid(text string, forbidden func(sofar *Draft, d Decision, value int) bool) Rule {
	return Named(text, func(sofar *Draft, d Decision) []int {
		return slices.DeleteFunc(slices.Clone(d.Allowed), func(v int) bool { return forbidden(sofar, d, v) })
	})
}

// rules holds the rules of a space, for all parts or for single ones.
type rules []scopedRule

type scopedRule struct {
	Rule
	part    int     // −1 for all parts
	kinds   kindSet // kinds of decisions that the rule may narrow
	trusted bool    // whether the rule does not change the elements of d.Allowed
}

// kindSet is a set of Kinds, one bit for each.
type kindSet uint8

const (
	allKinds  kindSet = 1<<NodeOp | 1<<EdgePresence | 1<<EdgeOp | 1<<NodeField | 1<<EdgeField
	nodeKinds kindSet = 1<<NodeOp | 1<<NodeField
	edgesOnly kindSet = 1 << EdgePresence
)

// selective is implemented by rules that only narrow some kinds of decisions, which saves calls.
type selective interface{ narrows() kindSet }

// applies reports whether the rule may narrow decisions of a kind in a part.
func (r *scopedRule) applies(part int, kind Kind) bool {
	return (r.part < 0 || r.part == part) && r.kinds>>kind&1 != 0
}

// wire reports whether the rule of a [Chain] is the only one for the edges of a part.
func (all rules) wire(part int) bool {
	chained := false
	for i := range all {
		if r := &all[i]; r.applies(part, EdgePresence) {
			if _, chained = r.Rule.(chainRule); !chained {
				return false
			}
		}
	}
	return chained
}

// trusted is a rule that does not change the elements of d.Allowed, which saves a copy at every
// decision.
type trusted struct{ Rule }

// bindRules prepares the rules of a space and of its parts.
func bindRules(parts []Part, of []Rule) (rules, error) {
	var all rules
	add := func(r Rule, part int) error {
		if r == nil {
			return nil
		}
		if b, ok := r.(Binder); ok {
			bound, err := b.Bind(parts, part)
			if err != nil {
				return fmt.Errorf("rule %q: %w", r, err)
			}
			r = bound
		}
		inner := r
		if f, ok := r.(forgetful); ok {
			inner = f.Rule
		}
		scoped := scopedRule{Rule: r, part: part, kinds: allKinds}
		switch inner.(type) {
		case trusted, chainRule, additive:
			scoped.trusted = true
		}
		if s, ok := r.(selective); ok {
			scoped.kinds = s.narrows()
		}
		all = append(all, scoped)
		return nil
	}
	var errs []error
	for i, p := range parts {
		for _, r := range p.Rules {
			errs = append(errs, add(r, i))
		}
	}
	for _, r := range of {
		errs = append(errs, add(r, -1))
	}
	return all, errors.Join(errs...)
}

// forbidder is implemented by builders that know which rule forbids a value of the next decision.
type forbidder interface {
	// forbids returns the rule, or "" if no rule forbids the value.
	forbids(value int) string
}

// forbids returns the rule that removes a value of a decision, or "" if none does.
func (all rules) forbids(sofar *Draft, d Decision, value int) string {
	for i := range all {
		all[i:i+1].narrow(sofar, &d)
		if !slices.Contains(d.Allowed, value) {
			return all[i].String()
		}
	}
	return ""
}

// narrow applies the rules to a decision. If nothing is left, it records which rules removed the
// values.
func (all rules) narrow(sofar *Draft, d *Decision) {
	offered := d.Allowed
	for i := range all {
		r := &all[i]
		if !r.applies(d.Part, d.Kind) || len(d.Allowed) == 0 {
			continue
		}
		if d.Allowed = r.allow(sofar, *d); len(d.Allowed) == 0 {
			reason := all[:i+1].conflict(sofar, *d, offered)
			d.reason = &reason
		}
	}
}

// allow returns the values of a decision that the rule allows.
func (r *scopedRule) allow(sofar *Draft, d Decision) []int {
	before := d.Allowed
	if !r.trusted {
		d.Allowed = slices.Clone(before) // the rule may change it, but the builder's slice is shared
	}
	return within(r.Allow(sofar, d), before)
}

// conflict names the rules that together leave none of the offered values of a decision.
func (all rules) conflict(sofar *Draft, d Decision, offered []int) string {
	var removing []string
	d.Allowed = offered
	for i := range all {
		if !all[i].applies(d.Part, d.Kind) {
			continue
		}
		left := all[i].allow(sofar, d)
		if len(left) < len(d.Allowed) {
			removing = append(removing, strconv.Quote(all[i].String()))
		}
		d.Allowed = left
	}
	after := fmt.Sprintf("after [%v]", sofar)
	if sofar.String() == "" {
		after = "at the first decision"
	}
	if len(removing) == 1 {
		return fmt.Sprintf("rule %s allows nothing %s", removing[0], after)
	}
	return fmt.Sprintf("rules %s together allow nothing %s", strings.Join(removing, " and "), after)
}
