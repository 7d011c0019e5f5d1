package searchspace

import (
	"fmt"
	"iter"
	"slices"
)

// Space is a set of architectures. Implementations are immutable and safe for concurrent use. [New] makes one from its parts
// and a rule; a type of your own may embed what New returns and override Key or Validate.
type Space interface {
	// Name returns the name of the space in files and messages.
	Name() string
	// Parts describes the parts of the space's architectures, in order. Callers must not change it.
	Parts() []Part
	// Key is equal for two architectures exactly if they have the same figures by definition, so that one evaluation
	// serves both. It is only meaningful for valid architectures; the key of an invalid one may be that of a valid one.
	Key(Arch) string
	// Validate returns nil if the architecture is a member of the space. Otherwise its error wraps ErrInvalid and says which
	// rule is broken.
	Validate(Arch) error
	// Start returns a Builder for a new architecture.
	Start() Builder
}

// Enumerator is implemented by a Space that is small enough to be enumerated.
type Enumerator interface {
	// All yields every valid architecture once. Isomorphic ones are yielded separately.
	All() iter.Seq[Arch]
}

// Notation is implemented by a Space whose architectures have a customary written form.
type Notation interface {
	// Format writes an architecture of the space.
	Format(Arch) string
	// Parse reads what Format writes, and may read other forms. The error wraps ErrInvalid.
	Parse(string) (Arch, error)
}

// Part describes one part of a space's architectures.
type Part struct {
	// Name of the part, unique in the space.
	Name string
	// MaxNodes is the largest number of nodes.
	MaxNodes int
	// NodeOps are the operations that a node may carry, nil if nodes carry none.
	NodeOps []string
	// EdgeOps are the operations that an edge may carry, nil if edges carry none. EdgeOps[0] names the absence of an edge,
	// and so is never the operation of an edge.
	EdgeOps []string
	// Last is the operation of the node that ends the part, for parts whose number of nodes varies. If it is empty, the
	// part always has MaxNodes nodes.
	Last string
}

// Validate returns an error if the description of the part is not valid.
func (p Part) Validate() error {
	if p.MaxNodes < 1 {
		return fmt.Errorf("part %q: MaxNodes must be at least 1, got %d", p.Name, p.MaxNodes)
	}
	if p.NodeOps != nil && len(p.NodeOps) == 0 {
		return fmt.Errorf("part %q: NodeOps is empty; it must be nil if nodes carry no operations", p.Name)
	}
	if p.EdgeOps != nil && len(p.EdgeOps) < 2 {
		return fmt.Errorf("part %q: EdgeOps must have at least 2 operations, of which the first names the absence of an edge, or be nil "+
			"if edges carry none, got %q", p.Name, p.EdgeOps)
	}
	for _, ops := range [][]string{p.NodeOps, p.EdgeOps} {
		seen := map[string]bool{}
		for _, op := range ops {
			if op == "" || seen[op] {
				return fmt.Errorf("part %q: operation %q is empty or listed twice", p.Name, op)
			}
			seen[op] = true
		}
	}
	if p.Last != "" && slices.Index(p.NodeOps, p.Last) < 0 {
		return fmt.Errorf("part %q: Last must be one of its NodeOps %q, got %q", p.Name, p.NodeOps, p.Last)
	}
	return nil
}

// Rule restricts a decision: given the decisions so far, it returns those values of d.Allowed that are allowed, in ascending
// order. It must leave at least one, so that the space's Builder never comes to a dead end, and must depend on nothing but
// its arguments. It must not keep them, but may change d.Allowed in place and return it. [Sequential.WithReason] puts it
// into words.
type Rule func(sofar *Draft, d Decision) []int

// Sequential is a space whose architectures are built node by node, each decision being free except for a Rule. Make one with
// [New].
type Sequential struct {
	name   string
	parts  []Part
	rule   Rule
	reason Reason // nil: none
}

// New returns a space whose architectures are built part by part and node by node: first a node's operation, then its incoming
// edges from node 0 on, then those edges' operations. If rule is nil, every decision is free. Key distinguishes ordered
// graphs; if isomorphic ones have the same figures, embed the Sequential in a type of your own and override Key. New copies
// parts. The error says what is wrong with a part.
func New(name string, parts []Part, rule Rule) (*Sequential, error) {
	return newSequential(name, parts, onItsOwnCopy(rule))
}

// onItsOwnCopy gives a rule a copy of the allowed values, which builders share, so that it may change them.
func onItsOwnCopy(rule Rule) Rule {
	if rule == nil {
		return nil
	}
	return func(sofar *Draft, d Decision) []int {
		d.Allowed = slices.Clone(d.Allowed)
		return rule(sofar, d)
	}
}

// newSequential is New for rules that do not change d.Allowed, which saves a copy at every decision.
func newSequential(name string, parts []Part, rule Rule) (*Sequential, error) {
	if len(parts) == 0 {
		return nil, fmt.Errorf("space %q: it must have at least 1 part", name)
	}
	parts = slices.Clone(parts)
	seen := map[string]bool{}
	for i, p := range parts {
		if err := p.Validate(); err != nil {
			return nil, fmt.Errorf("space %q: %w", name, err)
		}
		if seen[p.Name] {
			return nil, fmt.Errorf("space %q: two parts are named %q", name, p.Name)
		}
		seen[p.Name] = true
		parts[i].NodeOps, parts[i].EdgeOps = slices.Clone(p.NodeOps), slices.Clone(p.EdgeOps)
	}
	return &Sequential{name: name, parts: parts, rule: rule}, nil
}

// Name returns the space's name.
func (s *Sequential) Name() string { return s.name }

// Parts returns the space's parts.
func (s *Sequential) Parts() []Part { return s.parts }

// Key returns the architecture's String, which distinguishes ordered graphs.
func (s *Sequential) Key(a Arch) string { return a.String() }

// Validate returns nil if the rule allows the architecture's decisions. Otherwise its error wraps [ErrInvalid] and says which
// rule is broken.
func (s *Sequential) Validate(a Arch) error {
	return follow(s, a, func(Step) {})
}

// Start returns a Builder for a new architecture.
func (s *Sequential) Start() Builder { return newSequence(s.parts, s.rule) }
