package searchspace

import (
	"encoding/json"
	"errors"
	"fmt"
)

type archJSON struct {
	Parts []partJSON `json:"parts"`
}

type partJSON struct {
	Name    string   `json:"name"`
	Nodes   int      `json:"nodes"`
	NodeOps []string `json:"node_ops,omitempty"`
	Edges   []Edge   `json:"edges"`
}

// maxJSONNodes bounds the number of nodes in all parts of a JSON text, since memory grows with its square.
const maxJSONNodes = 1 << 12

// MarshalJSON writes the architecture as
//
//	{"parts": [{
//	    "name": "cell",
//	    "nodes": 3,                               number of nodes
//	    "node_ops": ["input", "conv", "output"],  one a node; absent if nodes carry none
//	    "edges": [{"from": 0, "to": 1, "op": "skip"}, …]   op absent if edges carry none
//	}, …]}
func (a Arch) MarshalJSON() ([]byte, error) {
	out := archJSON{Parts: make([]partJSON, len(a.parts))}
	for i, p := range a.parts {
		edges := p.Edges()
		if edges == nil {
			edges = []Edge{}
		}
		out.Parts[i] = partJSON{Name: p.name, Nodes: p.n, NodeOps: p.nodeOps, Edges: edges}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes, up to 4,096 nodes in all. "nodes" may also be the list of the nodes'
// operations, instead of "node_ops". The error wraps [ErrInvalid] if the text is JSON but not an architecture.
func (a *Arch) UnmarshalJSON(text []byte) error {
	var in archInput
	if err := json.Unmarshal(text, &in); err != nil {
		return fmt.Errorf("reading an architecture: %w", err)
	}
	parts := make([]DAG, len(in.Parts))
	left := maxJSONNodes
	for i, in := range in.Parts {
		p, err := in.part()
		if err != nil {
			return fmt.Errorf("part %q: %w: %w", p.Name, ErrInvalid, err)
		}
		if p.Nodes > left {
			return fmt.Errorf("part %q: %w: more than %d nodes in all", p.Name, ErrInvalid, maxJSONNodes)
		}
		left -= p.Nodes
		g, err := NewDAG(p.Name, p.Nodes, p.NodeOps, p.Edges)
		if err != nil {
			return err
		}
		parts[i] = g
	}
	a.parts = parts
	return nil
}

// archInput is archJSON as it is read.
type archInput struct {
	Parts []partInput `json:"parts"`
}

// partInput is partJSON as it is read.
type partInput struct {
	partJSON
	Nodes json.RawMessage `json:"nodes"`
}

// part finds out what "nodes" is.
func (in partInput) part() (partJSON, error) {
	p := in.partJSON
	if len(in.Nodes) == 0 {
		return p, errors.New(`"nodes", the number of nodes, is missing`)
	}
	if json.Unmarshal(in.Nodes, &p.Nodes) == nil {
		return p, nil
	}
	if json.Unmarshal(in.Nodes, &p.NodeOps) != nil || len(in.NodeOps) > 0 {
		return p, errors.New(`"nodes" must be the number of nodes; their operations are the list "node_ops"`)
	}
	p.Nodes = len(p.NodeOps)
	return p, nil
}
