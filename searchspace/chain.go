package searchspace

import "slices"

// End is the operation of the node that ends a [Chain] of variable length.
const End = "end"

// Chain returns a part whose nodes follow one another, each reading the previous one: the layers of
// a network, its blocks or its stages. Each node has the fields and, unless ops is nil, one of the
// operations.
//
// If min < max, the number of nodes varies from min to max, uniformly in random draws. A node with
// the operation [End] and without fields then follows the last one, so the part has one node more.
// If ops is nil in this case, the other nodes have the operation "block". [New] returns an error if
// min > max or, for a variable number of nodes, if ops contains End.
//
//	searchspace.Chain("encoder", 4, 12, nil,
//		searchspace.Ordered("heads", 2, 4, 8),
//		searchspace.Ordered("ratio", 2, 3, 4))
//
// For blocks that may be left out, use fields made by [Optional].
func Chain(name string, min, max int, ops []string, fields ...Field) Part {
	p := Part{Name: name, MaxNodes: max, NodeOps: ops, NodeFields: fields, Rules: []Rule{chainRule{}}}
	if min > max {
		p.MinNodes = min // Part.Validate returns an error
	}
	if min >= max {
		return p
	}
	if ops == nil {
		ops = []string{"block"}
	}
	p.NodeOps, p.Last = append(append([]string(nil), ops...), End), End
	p.MinNodes, p.MaxNodes = min+1, max+1
	p.NodeFields = nil
	for _, f := range fields {
		p.NodeFields = append(p.NodeFields, f.When(opField, ops...))
	}
	return p
}

// Chained reports whether the part is a [Chain]: every node except the first reads exactly the
// previous one, so the presence of edges is not a choice.
func (p Part) Chained() bool { return slices.Contains(p.Rules, Rule(chainRule{})) }

// chainRule is the rule of a chain. It does not need memory.
type chainRule struct{}

var _ ForgetfulRule = chainRule{}

// Allow does not change d.Allowed.
func (chainRule) Allow(_ *Draft, d Decision) []int {
	if d.Kind != EdgePresence {
		return d.Allowed
	}
	want := 0
	if d.From == d.Node-1 {
		want = 1
	}
	i := slices.Index(d.Allowed, want)
	if i < 0 {
		return nil
	}
	return d.Allowed[i : i+1]
}

func (chainRule) String() string { return "each node must read the previous one" }

func (chainRule) Memory(*Draft) string { return "" }

func (chainRule) narrows() kindSet { return edgesOnly }
