package network

import "github.com/graphpnas/graphpnas/searchspace"

// WithoutNorms returns the design d without batch normalization: values are passed on unchanged, and its parameters do
// not exist. The logits of an image then do not depend on other images. In a network without biases, they are
// proportional to the image.
func WithoutNorms(d Design) Design {
	return DesignFunc(func(b *Builder, a searchspace.Arch) (Value, error) {
		b.plain = true
		return d.Network(b, a)
	})
}
