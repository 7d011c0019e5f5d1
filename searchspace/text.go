package searchspace

// Text formats an architecture for messages: in the notation of its space if it has a [Notation]
// and the architecture is valid, and otherwise with [Arch.String].
func Text(space Space, a Arch) string {
	if notation, ok := space.(Notation); ok && space.Validate(a) == nil {
		return notation.Format(a)
	}
	return a.String()
}
