package searchspace

import (
	"fmt"
	"iter"
	"slices"
)

// Space says which architectures there are. Implementations are immutable and safe for concurrent use. [New] makes one
// from its parts and a rule; a type of your own may embed what New returns and override Key or Validate.
type Space interface {
	// Name names the space in files and messages.
	Name() string
	// Parts describes the parts that every architecture of the space has, in order. Callers do not change it.
	Parts() []Part
	// Key is equal for two architectures exactly when their figures are the same by definition: an architecture is
	// evaluated once a key.
	Key(Arch) string
	// Validate returns nil for a member of the space, else an error that wraps ErrInvalid.
	Validate(Arch) error
	// Start begins an architecture.
	Start() Builder
}

// Enumerator is implemented by a Space that is small enough to be listed.
type Enumerator interface {
	// All yields every valid ordered architecture once; isomorphic ones are listed apart.
	All() iter.Seq[Arch]
}

// Notation is implemented by a Space whose architectures have a customary written form.
type Notation interface {
	// Format writes an architecture of the space.
	Format(Arch) string
	// Parse reads what Format writes. The error wraps ErrInvalid.
	Parse(string) (Arch, error)
}

// Part describes one part of a space's architectures.
type Part struct {
	// Name of the part, unique in the space.
	Name string
	// MaxNodes is the largest number of nodes.
	MaxNodes int
	// NodeOps are the operations that a node may carry, nil where nodes carry none.
	NodeOps []string
	// EdgeOps are the operations that an edge may carry, nil where edges carry none. EdgeOps[0] names the absence of
	// the edge, and so is never the operation of an edge.
	EdgeOps []string
	// NodeFields are further choices of every node, made after its operation in this order. A field may depend on the
	// operation and on earlier fields ([Field.When]).
	NodeFields []Field `json:",omitempty"`
	// EdgeFields are further choices of every edge, made after its operation in this order.
	EdgeFields []Field `json:",omitempty"`
	// Rules narrow the part's decisions. They are left out of the part's JSON.
	Rules []Rule `json:"-"`
	// Last is the node operation that ends the part, for parts whose number of nodes varies. Empty: the part always
	// has MaxNodes nodes.
	Last string
	// MinNodes is the smallest number of nodes of a part that has a Last. If it is set, random draws choose the number of
	// nodes uniformly; otherwise Last is drawn like any other operation, at every node.
	MinNodes int `json:",omitempty"`
}

// Validate tells what is wrong with the description of a part.
func (p Part) Validate() error {
	if p.MaxNodes < 1 {
		return fmt.Errorf("part %q: %d nodes at most", p.Name, p.MaxNodes)
	}
	if p.NodeOps != nil && len(p.NodeOps) == 0 {
		return fmt.Errorf("part %q: an empty list of node operations; nil where nodes carry none", p.Name)
	}
	if p.EdgeOps != nil && len(p.EdgeOps) < 2 {
		return fmt.Errorf("part %q: edge operations %q: the first names the absence of an edge, and an edge needs another; nil where edges carry none",
			p.Name, p.EdgeOps)
	}
	for _, ops := range [][]string{p.NodeOps, p.EdgeOps} {
		seen := map[string]bool{}
		for _, op := range ops {
			if op == "" || seen[op] {
				return fmt.Errorf("part %q: operation %q is empty or stands twice", p.Name, op)
			}
			seen[op] = true
		}
	}
	if p.Last != "" && slices.Index(p.NodeOps, p.Last) < 0 {
		return fmt.Errorf("part %q: last operation %q is none of its node operations", p.Name, p.Last)
	}
	if p.MinNodes < 0 || p.MinNodes > p.MaxNodes || p.MinNodes > 0 && p.Last == "" {
		return fmt.Errorf("part %q: MinNodes must be from 0 to MaxNodes, and 0 without a Last, got %d", p.Name, p.MinNodes)
	}
	if p.Last != "" && len(p.NodeOps) == 1 && p.MinNodes > 1 {
		return fmt.Errorf("part %q: nodes before the last need an operation other than %q", p.Name, p.Last)
	}
	if err := validateFields(p.NodeFields, p.NodeOps); err != nil {
		return fmt.Errorf("part %q: nodes: %w", p.Name, err)
	}
	if err := validateFields(p.EdgeFields, p.EdgeOps); err != nil {
		return fmt.Errorf("part %q: edges: %w", p.Name, err)
	}
	if n := p.decisions(); n > maxDecisions {
		return fmt.Errorf("part %q: an architecture would take up to %d decisions, and at most %d are supported", p.Name, n, maxDecisions)
	}
	return nil
}

// maxDecisions bounds the decisions of a part.
const maxDecisions = 1_000_000

// decisions returns the largest number of decisions that an architecture takes in the part.
func (p Part) decisions() int {
	if p.MaxNodes > maxDecisions {
		return p.MaxNodes
	}
	node, edge := len(p.NodeFields), 1+len(p.EdgeFields)
	if p.NodeOps != nil {
		node++
	}
	if p.EdgeOps != nil {
		edge++
	}
	return p.MaxNodes*node + triangle(p.MaxNodes)*edge
}

// Sequential is a space whose architectures are built node by node, each decision free but for its rules. Make it with New.
type Sequential struct {
	name   string
	parts  []Part
	fields []partFields
	rules  rules
}

// New makes a space: in each part node after node, of each node first its operation, then its fields, then its incoming
// edges from node 0 on, then those edges' operations and fields. Without rules every decision is free; rules that are nil
// are ignored. Its Key tells ordered graphs apart; if isomorphic ones have the same figures, embed the Sequential in a type
// of your own and override Key. The caller may change parts afterwards: the space has its own.
//
// The error wraps [ErrDeadEnd] if the rules leave a decision without a value and that is found by trying: all paths are
// tried in small spaces, random ones in large ones.
func New(name string, parts []Part, rules ...Rule) (*Sequential, error) {
	s, err := newSequential(name, parts, rules...)
	if err == nil && len(s.rules) > 0 {
		if err = probe(s); err != nil {
			err = fmt.Errorf("space %q: %w", name, err)
		}
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// newSequential is New for spaces that are known to have no dead ends.
func newSequential(name string, parts []Part, of ...Rule) (*Sequential, error) {
	if len(parts) == 0 {
		return nil, fmt.Errorf("space %q: no parts", name)
	}
	parts = slices.Clone(parts)
	fields := make([]partFields, len(parts))
	seen := map[string]bool{}
	for i, p := range parts {
		if err := p.Validate(); err != nil {
			return nil, fmt.Errorf("space %q: %w", name, err)
		}
		if seen[p.Name] {
			return nil, fmt.Errorf("space %q: part %q stands twice", name, p.Name)
		}
		seen[p.Name] = true
		parts[i].NodeOps, parts[i].EdgeOps = slices.Clone(p.NodeOps), slices.Clone(p.EdgeOps)
		parts[i].NodeFields, parts[i].EdgeFields = cloneFields(p.NodeFields), cloneFields(p.EdgeFields)
		parts[i].Rules = slices.Clone(p.Rules)
		fields[i] = partFields{compileFields(p.NodeFields, p.NodeOps), compileFields(p.EdgeFields, p.EdgeOps)}
	}
	bound, err := bindRules(parts, of)
	if err != nil {
		return nil, fmt.Errorf("space %q: %w", name, err)
	}
	return &Sequential{name: name, parts: parts, fields: fields, rules: bound}, nil
}

// Name returns the space's name.
func (s *Sequential) Name() string { return s.name }

// Parts returns the space's parts.
func (s *Sequential) Parts() []Part { return s.parts }

// Key writes the ordered graph out: every architecture has a figure of its own.
func (s *Sequential) Key(a Arch) string { return a.String() }

// Validate follows the architecture's decisions through the rule.
func (s *Sequential) Validate(a Arch) error {
	return follow(s, a, func(Step) {})
}

// Start begins an architecture.
func (s *Sequential) Start() Builder { return newSequence(s.parts, s.fields, s.rules) }
