package predictor

import (
	"errors"
	"fmt"
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// encoder encodes architectures of a space as input graphs of the network.
type encoder struct {
	space   searchspace.Space
	parts   []partCode
	rows    int // number of embeddings
	classes int // number of edge classes: combinations of part, operation and direction
	// features is the number of features of an edge: the classes, then the values of fields.
	features int
	nodes    int // number of nodes of the largest architecture
}

// partCode lists the embeddings and edge classes of a part.
type partCode struct {
	searchspace.Part
	firstOp, firstRole, firstClass int
	nodeFields                     []fieldCode // positions of embeddings
	edgeFields                     []fieldCode // positions of features
}

// A node's role is whether it is the first of its part, the last, or both.
const (
	roleFirst = 1 << iota
	roleLast
	roles // the number of roles, 4
)

// encoded is an architecture as a graph: the disjoint union of its parts, each edge in both directions.
type encoded struct {
	rows            [][2]int32  // for each node, the embeddings of its operation and its role
	fields          []nodeField // the fields of all nodes
	from, to, class []int32     // the ends and the class of each edge
	edgeFields      [][]int     // for each edge, the features of its fields; empty if no edge has fields
	last            []int32     // the last node of each part
}

func newEncoder(space searchspace.Space) (*encoder, error) {
	if space == nil {
		return nil, errors.New("the space must not be nil")
	}
	e := &encoder{space: space}
	for _, p := range space.Parts() {
		if err := p.Validate(); err != nil {
			return nil, fmt.Errorf("space %q: %w", space.Name(), err)
		}
		c := partCode{Part: p, firstOp: e.rows, firstClass: e.classes}
		c.firstRole = c.firstOp + max(len(p.NodeOps), 1)
		e.rows = c.firstRole + roles
		c.nodeFields, e.rows = nodeFieldCodes(p.NodeFields, e.rows)
		e.classes += 2 * max(len(p.EdgeOps)-1, 1)
		e.nodes += p.MaxNodes
		e.parts = append(e.parts, c)
	}
	e.features = e.classes
	for i := range e.parts {
		p := &e.parts[i]
		p.edgeFields, e.features = edgeFieldCodes(p.EdgeFields, e.features)
	}
	return e, nil
}

// encode encodes an architecture. It returns an error that wraps searchspace.ErrInvalid if the architecture is not in the space.
func (e *encoder) encode(a searchspace.Arch) (*encoded, error) {
	if err := e.space.Validate(a); err != nil {
		return nil, err
	}
	if a.NumParts() != len(e.parts) {
		return nil, fmt.Errorf("%w: it has %d parts instead of %d", searchspace.ErrInvalid, a.NumParts(), len(e.parts))
	}
	g := &encoded{}
	for i, part := range e.parts {
		if err := part.add(g, a.Part(i)); err != nil {
			return nil, fmt.Errorf("part %q: %w", part.Name, err)
		}
	}
	return g, nil
}

// add appends a part's nodes and edges.
func (p partCode) add(g *encoded, dag searchspace.DAG) error {
	if dag.Len() < 1 || dag.Len() > p.MaxNodes {
		return fmt.Errorf("%w: it has %d nodes, but at most %d are allowed", searchspace.ErrInvalid, dag.Len(), p.MaxNodes)
	}
	first := len(g.rows)
	for v := range dag.Len() {
		op, err := indexOf(p.NodeOps, dag.NodeOp(v))
		if err != nil {
			return fmt.Errorf("node %d: %w", v, err)
		}
		role := 0
		if v == 0 {
			role |= roleFirst
		}
		if v == dag.Len()-1 {
			role |= roleLast
		}
		g.fields = appendNodeFields(g.fields, p.nodeFields, int32(len(g.rows)), dag.Node(v))
		g.rows = append(g.rows, [2]int32{int32(p.firstOp + op), int32(p.firstRole + role)})
	}
	for _, edge := range dag.Edges() {
		op, err := indexOf(p.EdgeOps[min(1, len(p.EdgeOps)):], edge.Op)
		if err != nil {
			return fmt.Errorf("edge %d→%d: %w", edge.From, edge.To, err)
		}
		from, to, class := int32(first+edge.From), int32(first+edge.To), int32(p.firstClass+2*op)
		if len(p.edgeFields) > 0 {
			features := edgeFeatures(p.edgeFields, dag.EdgeLabel(edge.From, edge.To))
			for len(g.edgeFields) < len(g.from) {
				g.edgeFields = append(g.edgeFields, nil) // edges of parts without fields
			}
			g.edgeFields = append(g.edgeFields, features, features)
		}
		g.from, g.to, g.class = append(g.from, from, to), append(g.to, to, from), append(g.class, class, class+1)
	}
	g.last = append(g.last, int32(len(g.rows)-1))
	return nil
}

// indexOf returns the index of an operation, or 0 if the part has none.
func indexOf(ops []string, op string) (int, error) {
	if len(ops) == 0 && op == "" {
		return 0, nil
	}
	i := slices.Index(ops, op)
	if i < 0 {
		return 0, fmt.Errorf("%w: unknown operation %q", searchspace.ErrInvalid, op)
	}
	return i, nil
}
