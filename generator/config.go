package generator

import (
	"errors"
	"fmt"

	"github.com/graphpnas/graphpnas/searchspace"
)

// ErrWidth is wrapped where a part has more nodes and edge operations than the network's hidden width can tell apart.
var ErrWidth = errors.New("hidden width too small")

// ErrNotFinite is wrapped where a weight, a loss or a gradient is NaN or infinite.
var ErrNotFinite = errors.New("not a finite number")

// Form says how the network sees the nodes that are there when a new one comes.
type Form uint8

const (
	// PaperForm passes messages over the whole graph, the new node in it, again for each new node, in both directions of
	// every edge (arXiv 2211.15155, section 3). A graph of N nodes costs N passes.
	PaperForm Form = iota
	// CausalForm gives every node two states. The state of node i once it is settled, h_i, reads the nodes that feed i;
	// the state in which node t asks for its edges and operation, q_t, reads all the nodes before it:
	//
	//	h_i⁰ = b + P_i + X_op(i)      P the embeddings of places, X those of operations (with NodeOps)
	//	q_t⁰ = b + P_t + new
	//	h_i ← GRU(Σ_{j→i} m(h_j − h_i, i, j, label of j→i), h_i)
	//	q_t ← GRU(Σ_{j<t} m(h_j − q_t, t, j, asking), q_t)
	//
	// in as many layers as the paper's form, with ReLU between them and its messages m, its GRU and its heads, which read
	// q_t − h_j and q_t. A message is m(x, i, j, c) = MLP(y) ⊙ sigmoid(MLP'(y)) where y is x, one-hot i minus one-hot j, and
	// one-hot c: the edge's label, or that it asks. In the MLPs' first layers these are embeddings of places and labels,
	// so that there may be more nodes than a state is wide. No state depends on a later node: one pass over the graph
	// serves every step, and sampling keeps what it has computed.
	CausalForm
)

// Config are the form and the sizes of a GRAN. Zero fields take the paper's.
type Config struct {
	// Form is the paper's, or the causal one, whose cost grows with the graph and not with its square.
	Form Form
	// NodeOps makes the nodes' operations an input of the network, so that operations can depend on one another. Only
	// the causal form has them.
	NodeOps bool
	// Hidden is the width of a node's state, the same in all parts. In the paper's form a part of N nodes with C edge
	// operations (the absent edge counted) needs Hidden ≥ N + C + 3, and 0 is the smallest that suits every part, but at
	// least max(24, 2N). In the causal form any width will do, and 0 is max(24, 2N), but at most 128.
	Hidden int
	// Layers is the number of message passing layers; 0: 7.
	Layers int
	// Attention is the hidden width of the attention MLP; 0: 128.
	Attention int
	// Components is the number of Bernoulli products in the mixture over a node's edges; 0: 10.
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
	for _, field := range []struct {
		value *int
		paper int
	}{{&c.Layers, 7}, {&c.Attention, 128}, {&c.Components, 10}} {
		if *field.value == 0 {
			*field.value = field.paper
		}
	}
	return c
}

func (c Config) validate() error {
	if c.Hidden < 1 || c.Layers < 1 || c.Attention < 1 || c.Components < 1 {
		return fmt.Errorf("a GRAN of hidden width %d, %d layers, attention width %d and %d components", c.Hidden, c.Layers, c.Attention, c.Components)
	}
	if c.Form > CausalForm || c.NodeOps && c.Form != CausalForm {
		return fmt.Errorf("a GRAN of form %d with node operations as input: %t", c.Form, c.NodeOps)
	}
	return nil
}
