package gran

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// ErrWidth is wrapped by the error of New if the hidden width is too small to distinguish the nodes
// and edge operations of a part.
var ErrWidth = errors.New("hidden width too small")

// Form determines how the network reads the existing nodes when it generates a new one.
type Form uint8

const (
	// PaperForm is the paper's form (arXiv 2211.15155, section 3). For each new node, it passes
	// messages over the whole graph, including the new node, in both directions of every edge, so a
	// graph of N nodes costs N passes. No decision depends on the operations and fields of nodes,
	// and the operations of a node's edges do not depend on one another; only a field depends on the
	// operation and earlier fields of its own node or edge. Parts are independent.
	PaperForm Form = 0
	// CausalForm makes every decision depend on all decisions before it. Use it unless you want to
	// reproduce the paper's results. It gives every node two states. The state h_i of node i after
	// its own decisions reads the nodes with an edge to i. The query state q_t, which determines
	// the operation, fields and edges of node t, reads all nodes before it:
	//
	//	h_i⁰ = b + P_i + X_i          P: embeddings of positions, X: embedding of the node's contents
	//	q_t⁰ = b + P_t + new
	//	h_i ← GRU(Σ_{j→i} m(h_j − h_i, i, j, label of j→i), h_i)
	//	q_t ← GRU(Σ_{j<t} m(h_j − q_t, t, j, query), q_t)
	//
	// X_i is the sum of the embeddings of the node's operation and field values and, averaged over
	// the edges into the node, of the edges' field values. An edge's values have separate embeddings
	// for each source of the edge.
	//
	// For decisions about node t, the heads read q_t + c; for decisions about an edge j→t, they read
	// q_t + c − h_j. The context c describes the earlier decisions, both about other nodes and about
	// node t:
	//
	//	c = W Σ_i ReLU(P'_i + Σ E'_d) / √N + b' + Σ E_d
	//
	// The first sum is over the nodes of earlier parts and the earlier nodes of the same part. Its
	// inner sum is over all decisions about node i, and N is the maximum number of nodes of its
	// part. The last sum is over the earlier decisions about node t. E and E' are embeddings of
	// decisions, with separate ones for each source of an edge; E' and P' are also separate for each
	// part. One head decides a node's operation and fields, another those of an edge. The edges of a
	// node are a mixture as in the paper's form, with the context before the first edge.
	//
	// The number of layers (with ReLU between them), the messages m, the GRU and the MLPs of the
	// heads are those of the paper's form. A message is m(x, i, j, c) = MLP(y) ⊙ sigmoid(MLP'(y)),
	// where y consists of x, one-hot i minus one-hot j, and one-hot c, the label of the edge or the
	// marker of a query. The first layers of the MLPs implement the one-hot inputs as embeddings, so
	// a graph may have more nodes than a state is wide. No state depends on a later node: training
	// needs one pass over the graph, and sampling reuses earlier computations.
	//
	// In a part that makes a space [Large], messages have one layer instead of two: m(x, i, j, c) =
	// ReLU(A·y + a) ⊙ sigmoid(B·y + b). The products of A and B with the states are computed once
	// for each node, so a message costs no matrix product.
	//
	// In a chain ([searchspace.Part.Chained]) without edge operations, all edges are given. There
	// are no heads for edges, and node t has a single state, which starts from the contents of the
	// previous node and reads few of the earlier ones:
	//
	//	s_t⁰ = b + P_t + X_{t−1}/10
	//	s_t ← GRU(Σ_d m(s_{t−d} − s_t, t, t−d), s_t)
	//
	// The heads read s_t instead of q_t and h_t. The factor 1/10 keeps a network that is trained on
	// few architectures from memorizing them. The first layer reads at distance d = 1, the next at
	// 2, then 4, 8, …, and again 1 after the largest power of two below the number of nodes N, so
	// that every node reaches all later ones. If there are too few layers for that (2^Layers < N),
	// layers read at d = 1, …, b−1, then b, 2b, …, (b−1)b, and so on, for the smallest b with
	// b^Layers ≥ N.
	CausalForm Form = 2

	// formerCausalForm was a form in which fewer decisions depended on one another. Old files may
	// contain it.
	formerCausalForm Form = 1
)

// Large reports whether the space has a part of more than 24 nodes, not counting chains without
// edge operations. In CausalForm, the cost of a layer grows with the square of the number of nodes,
// so messages in such a part are simpler, the default network in a large space is smaller, and
// preset.Ranked trains it for fewer epochs.
// docs/speed.md compares the cost with that of the network for small spaces, and
// docs/benchmarks.md says what the small network finds.
func Large(space searchspace.Space) bool { return large(space.Parts()) }

func large(parts []searchspace.Part) bool { return slices.ContainsFunc(parts, largePart) }

func largePart(p searchspace.Part) bool {
	return p.MaxNodes > 24 && (!p.Chained() || len(p.EdgeOps) > 0)
}

// Config configures a model. Zero fields mean the paper's values, except in CausalForm in a [Large]
// space.
type Config struct {
	Form Form
	// Hidden is the width of a node's state in all parts. In PaperForm, a part with N nodes and C
	// edge operations (including the absent edge) needs Hidden ≥ N + C + 3; 0 means the smallest
	// width that suits every part, but at least max(24, 2N). In CausalForm, any positive width
	// works; 0 means max(24, 2N), but at most 128, and 64 in a [Large] space.
	Hidden int
	// Layers is the number of message-passing layers; 0 means 7, or 3 in CausalForm in a Large
	// space.
	Layers int
	// Attention is the hidden width of the attention MLP; 0 means 128. It is ignored where messages
	// have one layer.
	Attention int
	// Components is the number of Bernoulli products in the mixture over a node's edges; 0 means 10.
	// It is ignored for chains in CausalForm.
	Components int
}

// withDefaults fills in the defaults for the space.
func (c Config) withDefaults(parts []searchspace.Part) Config {
	if c.Form == CausalForm && large(parts) {
		c.Hidden, c.Layers = cmp.Or(c.Hidden, 64), cmp.Or(c.Layers, 3)
	}
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
		return fmt.Errorf("none of Hidden, Layers, Attention and Components may be negative, got %d, %d, %d and %d",
			c.Hidden, c.Layers, c.Attention, c.Components)
	}
	if c.Form != PaperForm && c.Form != CausalForm {
		return fmt.Errorf("the form of a GRAN must be PaperForm (%d) or CausalForm (%d), got %d", PaperForm, CausalForm, c.Form)
	}
	return nil
}
