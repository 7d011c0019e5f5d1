package draw

// Width returns the width of a text.
func Width(text string, size float64, bold bool) float64 { return style{size, bold}.width(text) }
