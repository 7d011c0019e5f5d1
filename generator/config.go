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

// Config are the sizes of a GRAN. Zero fields take the paper's.
type Config struct {
	// Hidden is the width of a node's state, the same in all parts. A part of N nodes with C edge operations (the
	// absent edge counted) needs Hidden ≥ N + C + 3. 0: the smallest that suits every part, but at least max(24, 2N).
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
			c.Hidden = max(c.Hidden, 2*p.MaxNodes, p.MaxNodes+len(p.EdgeOps)+3)
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
	return nil
}
