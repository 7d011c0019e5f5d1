package searchspace

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Parser is implemented by a Space that can read architectures in common formats. Every [Notation]
// is a Parser.
type Parser interface {
	// Parse reads an architecture. The error wraps ErrInvalid.
	Parse(string) (Arch, error)
}

// Parse reads an architecture of a space in the JSON of [Arch.MarshalJSON], in the format of
// [Arch.String], or in a format of the space's [Parser]. It is the inverse of [Text]. The JSON may
// have been printed by another program: by Python with single quotes and True, or with 0.0001 for
// the value 1e-4 of a field.
//
// The error wraps [ErrInvalid] if the text has none of these formats or the architecture is not a
// member of the space.
func Parse(space Space, text string) (Arch, error) {
	a, found, err := parseJSON(text)
	if found {
		if err != nil {
			return Arch{}, fmt.Errorf("%s: %w", space.Name(), err)
		}
		a.respell(space.Parts())
		return a, space.Validate(a)
	}
	parser := parserOf(space)
	if parser != nil {
		if a, err = parser.Parse(text); err == nil {
			return a, space.Validate(a)
		}
	}
	a, read, notMember := readString(space, text)
	switch {
	case notMember == nil:
		return a, nil
	case parser != nil:
		return Arch{}, err
	case !read:
		return Arch{}, fmt.Errorf(`%s: %w: %.80q is neither the JSON of an architecture, {"parts": […]}, nor of the form "conv; pool<0": %w`,
			space.Name(), ErrInvalid, text, notMember)
	}
	return a, notMember
}

// readString reads the format of Arch.String. Space around the text may or may not belong to it: a last
// node without operation and inputs is a space, and names may end in one. It reports whether the text
// has the format, and returns an error if it does not or the architecture is not a member of the space.
func readString(space Space, text string) (a Arch, read bool, err error) {
	for _, trimmed := range []string{text, strings.TrimSuffix(text, "\n"), strings.Trim(text, "\r\n"), strings.TrimSpace(text)} {
		b, malformed := parseString(trimmed, space.Parts())
		switch {
		case malformed == nil:
			if a, read, err = b, true, space.Validate(b); err == nil {
				return a, true, nil
			}
		case !read:
			err = malformed
		}
	}
	return a, read, err
}

// parserOf returns the Parser of a space, or of the space that it restricts, or nil if there is
// none.
func parserOf(space Space) Parser {
	for {
		if p, ok := space.(Parser); ok {
			return p
		}
		wrapper, ok := space.(interface{ Unwrap() Space })
		if !ok {
			return nil
		}
		space = wrapper.Unwrap()
	}
}

// parseJSON reads an architecture from JSON. It reports whether the text is an object with parts.
func parseJSON(text string) (a Arch, found bool, err error) {
	if text = bare(text); !strings.HasPrefix(text, "{") {
		return Arch{}, false, nil
	}
	if err = json.Unmarshal([]byte(text), &a); err == nil && a.NumParts() > 0 || errors.Is(err, ErrInvalid) {
		return a, true, err
	}
	object, ok := readPythonJSON(text).(map[string]any)
	if !ok || object["parts"] == nil {
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

// respell rewrites numbers as in the fields of the parts, such as 0.0001 as 1e-4. It changes only
// values that the fields do not have.
func (a Arch) respell(parts []Part) {
	for i, p := range parts[:min(len(parts), len(a.parts))] {
		a.parts[i].nodeFields.respell(p.NodeFields)
		a.parts[i].edgeFields.respell(p.EdgeFields)
	}
}

func (t fieldTable) respell(fields []Field) {
	for i, text := range t.values {
		number, err := strconv.ParseFloat(text, 64)
		k := slices.IndexFunc(fields, func(f Field) bool { return f.Name == t.names[i%len(t.names)] })
		if err != nil || k < 0 || slices.Contains(fields[k].Values, text) {
			continue
		}
		same := slices.IndexFunc(fields[k].Values, func(value string) bool {
			v, err := strconv.ParseFloat(value, 64)
			return err == nil && v == number
		})
		if same >= 0 {
			t.values[i] = fields[k].Values[same]
		}
	}
}

// bare removes what is often copied along with a text: white space, a byte order mark, a trailing
// comma, and surrounding quotes.
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
