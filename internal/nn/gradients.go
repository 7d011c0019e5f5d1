package nn

// Gradients is the destination of a backward pass for the gradients of the flat parameters. The
// pass adds to them if Add is set, and otherwise overwrites them, so they need not be cleared.
type Gradients struct {
	Flat []float32
	Add  bool
}

// Beta returns the factor of the previous contents in a matrix product.
func (g Gradients) Beta() float32 {
	if g.Add {
		return 1
	}
	return 0
}

// Sum returns part of Flat, cleared if necessary, to add to.
func (g Gradients) Sum(part []float32) []float32 {
	if !g.Add {
		clear(part)
	}
	return part
}
