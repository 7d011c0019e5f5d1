package gran

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/graphpnas/graphpnas/searchspace"
)

// ErrWidth is wrapped by the error of New if the hidden width is too small to tell the nodes and edge operations of a part
// apart.
var ErrWidth = errors.New("hidden width too small")

// Form is how the network reads the existing nodes when it generates a new one.
type Form uint8

const (
	// PaperForm is the paper's (arXiv 2211.15155, section 3): for each new node it passes messages over the whole graph,
	// including the new node, in both directions of every edge. A graph of N nodes costs N passes. No decision depends
	// on the operations and fields of nodes, and the operations of a node's edges do not depend on one another, except that a
	// field depends on the operation and the earlier fields of its own node or edge. Parts are independent.
	PaperForm Form = 0
	// CausalForm lets every decision depend on all decisions before it. Use it unless you want to reproduce the paper's
	// results. It gives every node two states. The state of node i after its own decisions, h_i, reads the nodes
	// with an edge to i. The state in which node t asks for its operation, fields and edges, q_t, reads all nodes before it:
	//
	//	h_i⁰ = b + P_i + X_i          P the embeddings of positions, X those of what the node is
	//	q_t⁰ = b + P_t + new
	//	h_i ← GRU(Σ_{j→i} m(h_j − h_i, i, j, label of j→i), h_i)
	//	q_t ← GRU(Σ_{j<t} m(h_j − q_t, t, j, asking), q_t)
	//
	// X_i is the sum of embeddings of the node's operation, of the values of its fields, and of the values of the fields of
	// the edges into it, these averaged over the edges. An edge's values have embeddings for each source of the edge.
	//
	// The heads read q_t + c for what is decided about node t, and q_t + c − h_j for what is decided about an edge j→t. The
	// context c describes the decisions before the present one: those about other nodes, and those about node t.
	//
	//	c = W Σ_i ReLU(P'_i + Σ E'_d) / √N + b' + Σ E_d
	//
	// The first sum is over the nodes of earlier parts and the nodes before t in its own part, with the sum over everything
	// decided about node i inside and the largest number of nodes of its part, N. The last sum is over what has been decided
	// about node t. E and E' are embeddings, for decisions about an edge of each source, and E' and P' are different for each
	// part. One head gives a node's operation and fields, another those of an edge. All edges of a node are a mixture as in
	// the paper's form, in the context before the first.
	//
	// It has as many layers as the paper's form, with ReLU between them, and the same messages m, GRU and MLPs as heads. A
	// message is m(x, i, j, c) = MLP(y) ⊙ sigmoid(MLP'(y)) where y is x, one-hot i minus one-hot j, and one-hot c, the label
	// of the edge or that it asks. The first layers of the MLPs implement the one-hot inputs as embeddings, so there may be
	// more nodes than a state is wide. No state depends on a later node: training needs one pass over the graph, and sampling
	// reuses what it has computed.
	//
	// In a chain ([searchspace.Part.Chained]) without edge operations no edge is free. There are no heads for edges, and
	// node t has a single state, which starts from what the node before it is and reads few of the earlier ones:
	//
	//	s_t⁰ = b + P_t + X_{t−1}/10
	//	s_t ← GRU(Σ_d m(s_{t−d} − s_t, t, t−d), s_t)
	//
	// The heads read s_t in place of q_t and h_t. The factor of 1/10 keeps a network that is trained on few architectures
	// from learning them by heart. One layer reads at distance d = 1, the next at 2, then 4, 8, …, and 1 again after the
	// largest power of two below the number of nodes N, so every node reaches all later ones. If there are too few layers
	// for that (2^Layers < N), layers read at d = 1, …, b−1, then b, 2b, …, (b−1)b, and so on, for the smallest b with
	// b^Layers ≥ N.
	CausalForm Form = 2

	// formerCausalForm was a form in which fewer decisions depended on one another. Files may still name it.
	formerCausalForm Form = 1
)

// Config are the form and the sizes of a model. Zero fields take the paper's values.
type Config struct {
	Form Form
	// Hidden is the width of a node's state, the same in all parts. In PaperForm a part of N nodes with C edge operations
	// (including the absent edge) needs Hidden ≥ N + C + 3, and 0 is the smallest width that suits every part, but at least
	// max(24, 2N). In CausalForm any width will do, and 0 is max(24, 2N), but at most 128.
	Hidden int
	// Layers is the number of message passing layers; 0: 7.
	Layers int
	// Attention is the hidden width of the attention MLP; 0: 128.
	Attention int
	// Components is the number of Bernoulli products in the mixture over a node's edges; 0: 10. It has no effect on chains
	// in CausalForm.
	Components int
}

// withDefaults fills in the paper's sizes for the space.
func (c Config) withDefaults(parts []searchspace.Part) Config {
	if c.Hidden == 0 {
		c.Hidden = 24
		for _, p := range parts {
			if c.Form == CausalForm {
				c.Hidden = max(c.Hidden, min(2*p.MaxNodes, 128))
			} else {
				c.Hidden = max(c.Hidden, 2*p.MaxNodes, p.MaxNodes+len(p.EdgeOps)+3)
			}
		}
	}
	c.Layers, c.Attention, c.Components = cmp.Or(c.Layers, 7), cmp.Or(c.Attention, 128), cmp.Or(c.Components, 10)
	return c
}

func (c Config) validate() error {
	if c.Hidden < 1 || c.Layers < 1 || c.Attention < 1 || c.Components < 1 {
		return fmt.Errorf("the sizes of a GRAN must be positive, got hidden width %d, %d layers, attention width %d and %d components",
			c.Hidden, c.Layers, c.Attention, c.Components)
	}
	if c.Form != PaperForm && c.Form != CausalForm {
		return fmt.Errorf("the form of a GRAN must be PaperForm (%d) or CausalForm (%d), got %d", PaperForm, CausalForm, c.Form)
	}
	return nil
}
