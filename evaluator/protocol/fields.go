package protocol

import (
	"encoding/json"
	"fmt"
	"slices"
)

// fields are a message's fields by their exact names, which encoding/json on its own would also take in another case.
type fields map[string]json.RawMessage

func readFields(text []byte) (fields, error) {
	var f fields
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if hasNull(text) {
		return nil, fmt.Errorf("%w: something is null", ErrMalformed)
	}
	return f, nil
}

// hasNull looks for a null at any depth, which encoding/json would take for a zero. Outside strings, no other JSON holds
// the letter n.
func hasNull(valid []byte) bool {
	inString := false
	for i := 0; i < len(valid); i++ {
		switch c := valid[i]; {
		case c == '\\':
			i++ // what follows is escaped
		case c == '"':
			inString = !inString
		case c == 'n' && !inString:
			return true
		}
	}
	return false
}

// only refuses fields of other names.
func (f fields) only(names ...string) error {
	for name := range f {
		if !slices.Contains(names, name) {
			return fmt.Errorf("%w: unknown field %.40q", ErrMalformed, name)
		}
	}
	return nil
}

// need asks for fields that must be there.
func (f fields) need(names ...string) error {
	for _, name := range names {
		if _, ok := f[name]; !ok {
			return fmt.Errorf("%w: no %q", ErrMalformed, name)
		}
	}
	return nil
}
