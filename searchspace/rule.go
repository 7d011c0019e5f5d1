package searchspace

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
)

// Rule narrows the decisions of a space. Rules compose: each is given what those before it allow.
//
// [AtMost], [AtLeast], [Connected], [Same] and [Forbid] make rules, and [RuleFunc] turns a function into one.
type Rule interface {
	// Allow returns the values of d.Allowed that the rule allows, ascending. It must depend on the draft and the decision
	// alone, and must not keep either. It must always leave a value that leads to a complete architecture: a space whose
	// rules leave none at some decision has a dead end ([ErrDeadEnd]).
	Allow(sofar *Draft, d Decision) []int
	// String says what the rule demands, for error messages: "at most 3 pools".
	String() string
}

// Binder is implemented by a Rule that has to prepare itself for the parts of a space. Bind returns the rule to use in its
// place, or an error if the rule does not fit the parts.
type Binder interface {
	Bind(parts []Part) (Rule, error)
}

// RuleFunc is a function as a Rule. It reads as the name of the function; [Named] gives it another.
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

// Named returns a function as a Rule that reads as the given text.
func Named(text string, f func(sofar *Draft, d Decision) []int) Rule { return named{RuleFunc(f), text} }

type named struct {
	RuleFunc
	text string
}

func (n named) String() string { return n.text }

// Forbid returns a rule that forbids single values, such as an operation in one place. The function reports whether the
// decision must not take the value. It must not forbid all values of a decision.
func Forbid(text string, forbidden func(sofar *Draft, d Decision, value int) bool) Rule {
	return Named(text, func(sofar *Draft, d Decision) []int {
		return slices.DeleteFunc(slices.Clone(d.Allowed), func(v int) bool { return forbidden(sofar, d, v) })
	})
}

// rules are the rules of a space: for all parts, and for one part.
type rules []scopedRule

type scopedRule struct {
	Rule
	part    int     // −1: all
	kinds   kindSet // of decisions that it may narrow
	trusted bool    // it leaves d.Allowed as it is
}

// kindSet is a set of Kinds, a bit for each.
type kindSet uint8

const (
	allKinds  kindSet = 1<<NodeOp | 1<<EdgePresence | 1<<EdgeOp | 1<<NodeField | 1<<EdgeField
	nodeKinds kindSet = 1<<NodeOp | 1<<NodeField
	edgesOnly kindSet = 1 << EdgePresence
)

// selective is implemented by rules that leave decisions of other kinds alone, which spares asking them.
type selective interface{ narrows() kindSet }

// applies reports whether the rule may narrow decisions of a kind in a part.
func (r *scopedRule) applies(part int, kind Kind) bool {
	return (r.part < 0 || r.part == part) && r.kinds>>kind&1 != 0
}

// wire reports whether a [Chain]'s rule alone decides on the edges of a part.
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

// trusted is a rule that leaves d.Allowed as it is, which saves a copy at every decision.
type trusted struct{ Rule }

// bindRules prepares the rules of a space and of its parts.
func bindRules(parts []Part, of []Rule) (rules, error) {
	var all rules
	add := func(r Rule, part int) error {
		if r == nil {
			return nil
		}
		if b, ok := r.(Binder); ok {
			bound, err := b.Bind(parts)
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

// forbidder is implemented by builders that know which rule forbids a value at the next decision.
type forbidder interface {
	// forbids returns the rule, or "" if it is no rule.
	forbids(value int) string
}

// forbids returns the rule that strikes out a value of a decision, or "" if none does.
func (all rules) forbids(sofar *Draft, d Decision, value int) string {
	for i := range all {
		all[i:i+1].narrow(sofar, &d)
		if !slices.Contains(d.Allowed, value) {
			return all[i].String()
		}
	}
	return ""
}

// narrow applies the rules to a decision. If nothing is left it says which rule struck out the last values.
func (all rules) narrow(sofar *Draft, d *Decision) {
	for i := range all {
		r := &all[i]
		if !r.applies(d.Part, d.Kind) || len(d.Allowed) == 0 {
			continue
		}
		given := *d
		if !r.trusted {
			given.Allowed = slices.Clone(d.Allowed) // the rule may work in it; the builder's are shared
		}
		if d.Allowed = within(r.Allow(sofar, given), d.Allowed); len(d.Allowed) == 0 {
			reason := fmt.Sprintf("rule %q allows nothing after [%v]", r.Rule, sofar)
			d.reason = &reason
		}
	}
}
