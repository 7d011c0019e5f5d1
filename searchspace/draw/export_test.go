package draw

// Width returns how wide a text is.
func Width(text string, size float64, bold bool) float64 { return style{size, bold}.width(text) }
