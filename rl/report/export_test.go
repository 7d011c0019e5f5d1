package report

// Style is the style sheet of the page.
var Style = style

// WriteState formats a state with the given positions.
func WriteState(all [][4]int) string {
	var s state
	for _, p := range all {
		s = append(s, position{int64(p[0]), p[1], p[2], p[3]})
	}
	return s.String()
}

// ReadState parses a state.
func ReadState(text string) (all [][4]int) {
	for _, p := range parseState(text) {
		all = append(all, [4]int{int(p.run), p.rows, p.groups, p.spans})
	}
	return all
}

// Since asks a monitor for everything that is newer than a state.
func Since(m *Monitor, text string) {
	for _, p := range parseState(text) {
		if _, _, err := m.since(p, nil); err != nil {
			panic(err)
		}
	}
}
