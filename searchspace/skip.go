package searchspace

// Skipper is implemented by a Builder that can make several decisions at once if it knows that they
// are not choices.
type Skipper interface {
	// Skip makes the next decisions while the builder knows, without examining each, that they have
	// a single allowed value. It returns the number of decisions made, which may be zero.
	Skip() int
}

// Skip makes the next decisions that are known to have a single allowed value, and returns their
// number. These are the edges of a [Chain]: a chain of 20 nodes has 190 decisions about edges. Code
// that uses a Builder may call Skip before Next to save time. Skip does nothing if b is not a
// [Skipper], and even after Skip, the next decision may have a single allowed value.
func Skip(b Builder) int {
	if s, ok := b.(Skipper); ok {
		return s.Skip()
	}
	return 0
}
