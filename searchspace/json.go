package searchspace

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

type archJSON struct {
	Parts []partJSON `json:"parts"`
}

type partJSON struct {
	Name       string       `json:"name"`
	Nodes      int          `json:"nodes"`
	NodeOps    []string     `json:"node_ops,omitempty"`
	NodeFields []fieldsJSON `json:"node_fields,omitempty"`
	Edges      []edgeJSON   `json:"edges"`
}

type edgeJSON struct {
	Edge
	Fields fieldsJSON `json:"fields,omitempty"`
}

// fieldsJSON maps the names of fields to their values. Values that are valid JSON numbers or
// booleans are written as such.
type fieldsJSON map[string]string

// MarshalJSON writes the fields in alphabetical order.
func (f fieldsJSON) MarshalJSON() ([]byte, error) {
	raw := make(map[string]json.RawMessage, len(f))
	for name, value := range f {
		if isPlain([]byte(value)) {
			raw[name] = json.RawMessage(value)
			continue
		}
		text, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		raw[name] = text
	}
	return json.Marshal(raw)
}

// UnmarshalJSON reads strings, numbers and booleans as text.
func (f *fieldsJSON) UnmarshalJSON(text []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	*f = make(fieldsJSON, len(raw))
	for name, value := range raw {
		var s string
		switch {
		case isPlain(value):
			s = string(value)
		case len(value) > 0 && value[0] == '"':
			if err := json.Unmarshal(value, &s); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%w: field %q must be a string, a number or a boolean, got %s", ErrInvalid, name, value)
		}
		(*f)[name] = s
	}
	return nil
}

// isPlain reports whether a text is a JSON number or boolean.
func isPlain(text []byte) bool {
	if s := string(text); s == "true" || s == "false" {
		return true
	}
	return len(text) > 0 && (text[0] == '-' || text[0] >= '0' && text[0] <= '9') && json.Valid(text) &&
		!bytes.ContainsAny(text, " \t\r\n")
}

// maxJSONNodes limits the total number of nodes in a JSON text, because memory grows with its
// square.
const maxJSONNodes = 1 << 12

// MarshalJSON writes the architecture as
//
//	{"parts": [{
//	    "name": "cell",
//	    "nodes": 3,                               number of nodes
//	    "node_ops": ["input", "conv", "output"],  one for each node; absent if nodes have none
//	    "node_fields": [{}, {"kernel": 3}, {}],   one for each node; absent if nodes have none
//	    "edges": [{"from": 0, "to": 1, "op": "skip", "fields": {"rate": 0.5}}, …]   op and fields absent if edges have none
//	}, …]}
//
// Field values that are valid JSON numbers or booleans are written as such, others as strings.
func (a Arch) MarshalJSON() ([]byte, error) {
	out := archJSON{Parts: make([]partJSON, len(a.parts))}
	for i, p := range a.parts {
		edges := []edgeJSON{}
		for _, e := range p.Edges() {
			edges = append(edges, edgeJSON{e, maps.Collect(p.EdgeLabel(e.From, e.To).Fields())})
		}
		out.Parts[i] = partJSON{Name: p.name, Nodes: p.n, NodeOps: p.nodeOps, Edges: edges}
		if p.nodeFields.names != nil {
			for v := range p.n {
				out.Parts[i].NodeFields = append(out.Parts[i].NodeFields, maps.Collect(p.Node(v).Fields()))
			}
		}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes, with up to 4,096 nodes in total. "nodes" may also be
// the list of the nodes' operations, instead of "node_ops". The error wraps [ErrInvalid] if the
// text is JSON but not an architecture.
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
			return fmt.Errorf("part %q: %w: the parts must have at most %d nodes in total", p.Name, ErrInvalid, maxJSONNodes)
		}
		left -= p.Nodes
		g, err := p.dag()
		if err != nil {
			return err
		}
		parts[i] = g
	}
	a.parts = parts
	return nil
}

// dag returns the part as a DAG.
func (p partJSON) dag() (DAG, error) {
	// The fields of edges are in the order of DAG.Edges.
	slices.SortStableFunc(p.Edges, func(a, b edgeJSON) int {
		return cmp.Or(cmp.Compare(a.To, b.To), cmp.Compare(a.From, b.From))
	})
	edges, fields := make([]Edge, len(p.Edges)), make([]map[string]string, len(p.Edges))
	for k, e := range p.Edges {
		edges[k], fields[k] = e.Edge, e.Fields
	}
	g, err := NewDAG(p.Name, p.Nodes, p.NodeOps, edges)
	if err == nil && p.NodeFields != nil {
		rows := make([]map[string]string, len(p.NodeFields))
		for v, f := range p.NodeFields {
			rows[v] = f
		}
		g, err = g.WithNodeFields(rows)
	}
	if err != nil {
		return DAG{}, err
	}
	return g.WithEdgeFields(fields)
}

// archInput is archJSON for reading.
type archInput struct {
	Parts []partInput `json:"parts"`
}

// partInput is partJSON for reading.
type partInput struct {
	partJSON
	Nodes json.RawMessage `json:"nodes"`
}

// part converts "nodes", which is a number or a list.
func (in partInput) part() (partJSON, error) {
	p := in.partJSON
	if len(in.Nodes) == 0 {
		return p, errors.New(`"nodes", the number of nodes, is missing`)
	}
	if json.Unmarshal(in.Nodes, &p.Nodes) == nil {
		return p, nil
	}
	if json.Unmarshal(in.Nodes, &p.NodeOps) != nil || len(in.NodeOps) > 0 {
		return p, errors.New(`"nodes" must be the number of nodes; list their operations in "node_ops"`)
	}
	p.Nodes = len(p.NodeOps)
	return p, nil
}
