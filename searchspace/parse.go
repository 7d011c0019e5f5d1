package searchspace

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Parser is implemented by a Space that reads architectures in the written forms that people have. Every [Notation] is a
// Parser.
type Parser interface {
	// Parse reads an architecture. The error wraps ErrInvalid.
	Parse(string) (Arch, error)
}

// Parse reads an architecture of a space: JSON as [Arch.MarshalJSON] writes it (also if Python printed it again, with
// single quotes), or what the space's own [Parser] reads. It is the counterpart of [Text].
//
// The error wraps [ErrInvalid] if the text is in no such form or the architecture is not a member of the space.
func Parse(space Space, text string) (Arch, error) {
	a, found, err := parseJSON(text)
	switch parser, ok := space.(Parser); {
	case found && err != nil:
		return Arch{}, fmt.Errorf("%s: %w", space.Name(), err)
	case found:
		return a, space.Validate(a)
	case ok:
		if a, err = parser.Parse(text); err != nil {
			return Arch{}, err
		}
		return a, space.Validate(a)
	}
	return Arch{}, fmt.Errorf(`%s: %w: %.80q is not the JSON of an architecture, {"parts": […]}`, space.Name(), ErrInvalid, text)
}

// parseJSON reads JSON that describes an architecture. It reports whether the text is an object with the parts of one.
func parseJSON(text string) (a Arch, found bool, err error) {
	if text = bare(text); !strings.HasPrefix(text, "{") {
		return Arch{}, false, nil
	}
	if err = json.Unmarshal([]byte(text), &a); err == nil && a.NumParts() > 0 || errors.Is(err, ErrInvalid) {
		return a, true, err
	}
	object, err := onlyValue[map[string]any](text)
	if err != nil || object["parts"] == nil {
		return Arch{}, false, nil
	}
	again, err := json.Marshal(object)
	if err == nil {
		err = json.Unmarshal(again, &a)
	}
	if err != nil {
		return Arch{}, true, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return a, true, nil
}

// bare returns a text without what is often copied along with it: white space, a byte order mark, a comma behind it, and
// quotes around it.
func bare(text string) string {
	for {
		trimmed := strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
		trimmed = strings.TrimSuffix(trimmed, ",")
		for _, quote := range []string{`"`, "'", "`"} {
			inner := strings.TrimSuffix(strings.TrimPrefix(trimmed, quote), quote)
			if len(inner) == len(trimmed)-2 && !strings.Contains(inner, quote) {
				trimmed = inner
			}
		}
		if trimmed == text {
			return text
		}
		text = trimmed
	}
}
