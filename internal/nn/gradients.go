package nn

// Gradients is where a backward pass puts the gradients of the flat parameters: it adds to them where Add is set, and
// otherwise overwrites whatever was there, which spares clearing them.
type Gradients struct {
	Flat []float32
	Add  bool
}

// Beta is the factor of what a matrix product finds in its result.
func (g Gradients) Beta() float32 {
	if g.Add {
		return 1
	}
	return 0
}

// Sum returns part of Flat ready for additions.
func (g Gradients) Sum(part []float32) []float32 {
	if !g.Add {
		clear(part)
	}
	return part
}
