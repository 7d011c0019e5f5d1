package searchspace

import (
	"fmt"
	"iter"
	"slices"
)

// Space is a set of architectures. Implementations must be immutable and safe for concurrent use.
// [New] returns a space with given parts and rules; your own type may embed it and override Key or
// Validate. Builders and generators know parts and rules but not an overridden Validate: they may
// also draw what it forbids, and a search then draws again. If it forbids much, use a [Rule] instead.
type Space interface {
	// Name returns the name of the space in files and messages.
	Name() string
	// Parts describes the parts of the space's architectures, in order. Callers must not change the
	// slice.
	Parts() []Part
	// Key returns the same string for two architectures if and only if the space treats them as
	// equivalent, so that one evaluation serves both. It is only meaningful for valid architectures;
	// the key of an invalid one may equal that of a valid one.
	Key(Arch) string
	// Validate returns nil if the architecture is a member of the space. Otherwise, the error wraps
	// ErrInvalid and describes the rule that is broken.
	Validate(Arch) error
	// Start returns a Builder for a new architecture.
	Start() Builder
}

// Enumerator is implemented by a Space that is small enough to be enumerated.
type Enumerator interface {
	// All yields every valid architecture once. Isomorphic ones are yielded separately.
	All() iter.Seq[Arch]
}

// Notation is implemented by a Space whose architectures have an established notation.
type Notation interface {
	// Format returns an architecture of the space in the notation.
	Format(Arch) string
	// Parse reads the output of Format, and possibly other formats. The error wraps ErrInvalid.
	Parse(string) (Arch, error)
}

// Part describes one part of a space's architectures.
type Part struct {
	// Name is unique within the space.
	Name string
	// MaxNodes is the largest number of nodes.
	MaxNodes int
	// NodeOps lists the operations that a node may have. If it is nil, nodes have none.
	NodeOps []string
	// EdgeOps lists the operations that an edge may have. If it is nil, edges have none. EdgeOps[0]
	// is the name for the absence of an edge, so it is never the operation of an edge.
	EdgeOps []string
	// NodeFields are further choices about a node. They are made after that of its operation, in this
	// order. A field may depend on the operation and on earlier fields ([Field.When]).
	NodeFields []Field `json:",omitempty"`
	// EdgeFields are further choices about an edge, made after that of its operation, in this order.
	EdgeFields []Field `json:",omitempty"`
	// Rules restrict the decisions of the part. They are omitted from JSON.
	Rules []Rule `json:"-"`
	// Last is the operation of the node that ends the part, for parts with a varying number of
	// nodes. It must be one of NodeOps, and its node counts as one. If it is empty, the part always
	// has MaxNodes nodes.
	Last string
	// MinNodes is the smallest number of nodes of a part with a Last. If it is set, random draws
	// choose the number of nodes uniformly; otherwise, Last is drawn like any other operation at
	// every node.
	MinNodes int `json:",omitempty"`
}

// Validate returns an error if the description of the part is invalid.
func (p Part) Validate() error {
	if p.MaxNodes < 1 {
		return fmt.Errorf("part %q: MaxNodes must be at least 1, got %d", p.Name, p.MaxNodes)
	}
	if p.NodeOps != nil && len(p.NodeOps) == 0 {
		return fmt.Errorf("part %q: NodeOps must be nil or have at least 1 operation", p.Name)
	}
	if p.EdgeOps != nil && len(p.EdgeOps) < 2 {
		return fmt.Errorf("part %q: EdgeOps must have at least 2 operations, of which the first means no edge, or be nil "+
			"if edges have none, got %q", p.Name, p.EdgeOps)
	}
	for _, ops := range [][]string{p.NodeOps, p.EdgeOps} {
		if len(ops) > maxValues {
			return fmt.Errorf("part %q: it has %d operations, but at most %d are supported", p.Name, len(ops), maxValues)
		}
		seen := map[string]bool{}
		for _, op := range ops {
			if seen[op] && op == p.Last {
				return fmt.Errorf("part %q: %q marks the end, so no other operation can have this name", p.Name, op)
			}
			if op == "" || seen[op] {
				return fmt.Errorf("part %q: operation %q is empty or listed twice", p.Name, op)
			}
			seen[op] = true
		}
	}
	if p.Last != "" && slices.Index(p.NodeOps, p.Last) < 0 {
		return fmt.Errorf("part %q: Last must be one of its NodeOps %q, got %q", p.Name, p.NodeOps, p.Last)
	}
	if p.MinNodes > p.MaxNodes {
		return fmt.Errorf("part %q: it must have at least %d nodes, but also at most %d", p.Name, p.MinNodes, p.MaxNodes)
	}
	if p.MinNodes < 0 || p.MinNodes > 0 && p.Last == "" {
		return fmt.Errorf("part %q: MinNodes must not be negative, and must be 0 without a Last, got %d", p.Name, p.MinNodes)
	}
	if p.Last != "" && len(p.NodeOps) == 1 && p.MinNodes > 1 {
		return fmt.Errorf("part %q: NodeOps must have an operation other than Last, %q", p.Name, p.Last)
	}
	if err := validateFields(p.NodeFields, p.NodeOps); err != nil {
		return fmt.Errorf("part %q: nodes: %w", p.Name, err)
	}
	if err := validateFields(p.EdgeFields, p.EdgeOps); err != nil {
		return fmt.Errorf("part %q: edges: %w", p.Name, err)
	}
	if n := p.decisions(); n > maxDecisions {
		return fmt.Errorf("part %q: an architecture needs up to %d decisions, but at most %d are supported", p.Name, n, maxDecisions)
	}
	return nil
}

// maxDecisions limits the number of decisions of a part.
const maxDecisions = 1_000_000

// decisions returns the largest number of decisions of an architecture in the part.
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

// Sequential is a space whose architectures are built node by node. Every decision is free unless a
// rule restricts it. Create one with [New].
type Sequential struct {
	name     string
	parts    []Part
	compiled []compiledPart // for each part
	rules    rules
	reason   Reason // may be nil
}

// New returns a space whose architectures are built part by part and node by node: first a node's
// operation, then its fields, then its incoming edges from node 0 on, then those edges' operations
// and fields. Without rules, every decision is free; nil rules are ignored. Key distinguishes
// ordered graphs; if the order of nodes has no meaning, see [Unordered]. New copies parts. The
// error describes what is wrong with a part or rule.
//
// New looks for dead ends by trying all paths in small spaces and random paths in large ones. If it
// finds a decision without an allowed value, the error wraps [ErrDeadEnd].
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

// newSequential is New for spaces that are known not to have dead ends.
func newSequential(name string, parts []Part, of ...Rule) (*Sequential, error) {
	if len(parts) == 0 {
		return nil, fmt.Errorf("space %q: it must have at least 1 part", name)
	}
	parts = slices.Clone(parts)
	compiled := make([]compiledPart, len(parts))
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
		parts[i].NodeFields, parts[i].EdgeFields = cloneFields(p.NodeFields), cloneFields(p.EdgeFields)
		parts[i].Rules = slices.Clone(p.Rules)
		compiled[i].node = compileFields(p.NodeFields, p.NodeOps)
		compiled[i].edge = compileFields(p.EdgeFields, p.EdgeOps)
	}
	bound, err := bindRules(parts, of)
	if err != nil {
		return nil, fmt.Errorf("space %q: %w", name, err)
	}
	for i := range compiled {
		compiled[i].wired = bound.wire(i)
	}
	return &Sequential{name: name, parts: parts, compiled: compiled, rules: bound}, nil
}

// Name returns the space's name.
func (s *Sequential) Name() string { return s.name }

// Parts returns the space's parts.
func (s *Sequential) Parts() []Part { return s.parts }

// Key returns the architecture's String, which distinguishes ordered graphs.
func (s *Sequential) Key(a Arch) string { return a.String() }

// Validate returns nil if the rules allow the architecture's decisions. Otherwise, the error wraps
// [ErrInvalid] and describes the rule that is broken.
func (s *Sequential) Validate(a Arch) error {
	if s.contains(a) {
		return nil
	}
	return follow(s, a, func(Step) {})
}

// Start returns a Builder for a new architecture.
func (s *Sequential) Start() Builder { return newSequence(s) }
