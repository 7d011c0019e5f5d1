package nasbench

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/graphpnas/graphpnas/searchspace"
)

// readArch reads an architecture of the space, in the space's notation or as JSON.
func readArch(space searchspace.Space, text string) (searchspace.Arch, error) {
	a, err := parseArch(space, text)
	if err != nil {
		return searchspace.Arch{}, err
	}
	return a, space.Validate(a)
}

// parseArch reads an architecture, be it of the space or not.
func parseArch(space searchspace.Space, text string) (searchspace.Arch, error) {
	if notation, ok := space.(searchspace.Notation); ok && !strings.HasPrefix(text, "{") {
		return notation.Parse(text)
	}
	var a searchspace.Arch
	err := json.Unmarshal([]byte(text), &a)
	return a, err
}

// text returns the architecture of a row as [parseArch] reads it: as it stands in the file, or in the space's notation,
// or as JSON.
func (t *Table) text(row int) (string, error) {
	if t.texts != nil {
		return t.texts[row], nil
	}
	a := *t.archs[row].Load()
	if notation, ok := t.space.(searchspace.Notation); ok {
		return notation.Format(a), nil
	}
	text, err := json.Marshal(a)
	if err != nil {
		return "", fmt.Errorf("row %d, architecture [%v]: %w", row+1, a, err)
	}
	return string(text), nil
}
