package network

import "github.com/graphpnas/graphpnas/searchspace"

// WithoutNorms is a design whose networks are drawn without their batch normalisation: what it would normalise goes on as it
// is, and its parameters are not there. An image's logits then depend on no other image, and in a network without biases
// they grow as its values do.
func WithoutNorms(d Design) Design {
	return DesignFunc(func(b *Builder, a searchspace.Arch) (Value, error) {
		b.plain = true
		return d.Network(b, a)
	})
}
