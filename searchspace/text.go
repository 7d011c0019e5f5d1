package searchspace

// Text returns an architecture for messages: in the notation of its space if the space has one
// ([Notation]) and the architecture is valid, and otherwise formatted with [Arch.String].
func Text(space Space, a Arch) string {
	if notation, ok := space.(Notation); ok && space.Validate(a) == nil {
		return notation.Format(a)
	}
	return a.String()
}
