package searchspace

// Text returns an architecture as messages show it: in the customary notation of its space if the space has one
// ([Notation]) and the architecture is valid, otherwise as [Arch.String] writes it.
func Text(space Space, a Arch) string {
	if notation, ok := space.(Notation); ok && space.Validate(a) == nil {
		return notation.Format(a)
	}
	return a.String()
}
