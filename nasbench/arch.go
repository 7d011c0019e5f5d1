package nasbench

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/graphpnas/graphpnas/searchspace"
)

// maxArchText limits the text of an architecture in bytes, because decoding JSON can take many times its length in memory.
const maxArchText = 1 << 20

// readArch reads an architecture of the space in any form that [searchspace.Parse] reads.
func readArch(space searchspace.Space, text string) (searchspace.Arch, error) {
	if len(text) > maxArchText {
		return searchspace.Arch{}, fmt.Errorf("%s: %w: the text has %d bytes, but at most %d are allowed",
			space.Name(), searchspace.ErrInvalid, len(text), maxArchText)
	}
	a, err := searchspace.Parse(space, text)
	if err != nil {
		if reason := mistaken(space, strings.TrimSpace(text)); reason != "" {
			err = fmt.Errorf("%s: %w: %s", space.Name(), searchspace.ErrInvalid, reason)
		}
		return searchspace.Arch{}, err
	}
	return a, nil
}

var (
	wholeNumber = regexp.MustCompile(`^[+-]?[0-9]+(\.0*)?$`)
	md5Hash     = regexp.MustCompile(`^[0-9a-fA-F]{32}$`)
)

// nb101JSON shows how to write a cell of NAS-Bench-101.
const nb101JSON = `{"module_adjacency": [[0, 1], [0, 0]], "module_operations": ["input", "output"]}`

// mistaken recognizes texts that are often used instead of an architecture, and explains what to write instead. It returns "" for
// any other text.
func mistaken(space searchspace.Space, text string) string {
	switch {
	case text == "":
		return "the architecture is missing"
	case wholeNumber.MatchString(text):
		reason := fmt.Sprintf("%s is a number, not an architecture", text)
		if space.Name() == (searchspace.NASBench201{}).Name() {
			reason += fmt.Sprintf("; if it is an index of NATS-Bench, write the result of its api.arch(%s)", text)
		}
		return reason
	case md5Hash.MatchString(text):
		reason := fmt.Sprintf("%s is a hash, from which the architecture cannot be computed", text)
		if space.Name() == (searchspace.NASBench101{}).Name() {
			reason += " (NB101.Cell finds it in the benchmark's own file); write the cell's matrix and operations, such as " + nb101JSON
		}
		return reason
	}
	return ""
}

// text returns the architecture of a row in a form that [readArch] can read: the text of the file, the space's notation, or JSON.
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
		return "", fmt.Errorf("row %d, architecture %s: %w", row+1, searchspace.Text(t.space, a), err)
	}
	return string(text), nil
}
