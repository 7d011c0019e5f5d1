package searchspace

import (
	"encoding/json"
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

// maxJSONNodes bounds the nodes, of all parts together, that a JSON text may ask for; storage grows with the square.
const maxJSONNodes = 1 << 12

// MarshalJSON writes the architecture as
//
//	{"parts": [{
//	    "name": "cell",
//	    "nodes": 3,                               number of nodes
//	    "node_ops": ["input", "conv", "output"],  one a node; absent where nodes carry none
//	    "edges": [{"from": 0, "to": 1, "op": "skip"}, …]   op absent where edges carry none
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

// UnmarshalJSON reads what MarshalJSON writes, up to 4,096 nodes in all. The error wraps [ErrInvalid] where the text is
// JSON but no architecture.
func (a *Arch) UnmarshalJSON(text []byte) error {
	var in archJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return fmt.Errorf("reading an architecture: %w", err)
	}
	parts := make([]DAG, len(in.Parts))
	left := maxJSONNodes
	for i, p := range in.Parts {
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
