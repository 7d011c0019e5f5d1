package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// fields holds the fields of a JSON object. Unlike in encoding/json, names are case-sensitive.
type fields map[string]json.RawMessage

// readFields reads an object. It returns an error if a name appears twice.
func readFields(text []byte) (fields, error) {
	var anything json.RawMessage
	if err := json.Unmarshal(text, &anything); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if begin, _ := d.Token(); begin != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	f := fields{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		if _, twice := f[name.(string)]; twice {
			return nil, fmt.Errorf("%.40q appears twice", name)
		}
		f[name.(string)] = value
	}
	return f, nil
}

// readStrict reads an object. It returns an error if there is a null at any depth.
func readStrict(text []byte) (fields, error) {
	f, err := readFields(text)
	if err == nil && hasNull(text) {
		return nil, errors.New("null is not allowed")
	}
	return f, err
}

// hasNull reports whether valid JSON contains a null at any depth, which encoding/json would decode as a zero value. Outside
// strings, null is the only JSON token that contains the letter n.
func hasNull(valid []byte) bool {
	inString := false
	for i := 0; i < len(valid); i++ {
		switch c := valid[i]; {
		case c == '\\':
			i++ // the next byte is escaped
		case c == '"':
			inString = !inString
		case c == 'n' && !inString:
			return true
		}
	}
	return false
}

// only returns an error if there is a field with another name.
func (f fields) only(names ...string) error {
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if slices.Contains(names, name) {
			continue
		}
		same := func(known string) bool { return strings.EqualFold(known, name) }
		if i := slices.IndexFunc(names, same); i >= 0 {
			return fmt.Errorf("unknown field %q: it must be written %q", name, names[i])
		}
		text := fmt.Sprintf("unknown field %.40q: the fields are %s", name, strings.Join(names, ", "))
		if slices.Contains(names, "metrics") {
			text += "; further numbers belong in metrics"
		}
		return errors.New(text)
	}
	return nil
}

// need returns an error if one of the given fields is missing.
func (f fields) need(names ...string) error {
	for _, name := range names {
		if _, ok := f[name]; !ok {
			return fmt.Errorf("%q is missing", name)
		}
	}
	return nil
}
