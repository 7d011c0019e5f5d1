package searchspace

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
)

// Label is the label of a node or edge: its operation and the values of its fields.
type Label struct {
	// Op is the operation, or empty if there is none.
	Op     string
	names  []string // sorted
	values []string // one for each name, empty if the field does not exist here
}

// Get returns the value of a field as text, or "" if the label does not have the field.
func (l Label) Get(field string) string {
	if i, ok := slices.BinarySearch(l.names, field); ok {
		return l.values[i]
	}
	return ""
}

// Has reports whether the label has the field.
func (l Label) Has(field string) bool { return l.Get(field) != "" }

// Int returns the value of a field as an integer, or 0 if the label does not have the field or the
// value is not an integer.
func (l Label) Int(field string) int {
	v, _ := strconv.Atoi(l.Get(field))
	return v
}

// Float returns the value of a field as a number, or 0 if the label does not have the field or the
// value is not a number.
func (l Label) Float(field string) float64 {
	v, err := strconv.ParseFloat(l.Get(field), 64)
	if err != nil {
		return 0
	}
	return v
}

// Bool reports whether the value of a field is "true".
func (l Label) Bool(field string) bool { return l.Get(field) == "true" }

// Fields iterates over the names and values of the fields, in alphabetical order of the names.
func (l Label) Fields() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for i, name := range l.names {
			if l.values[i] != "" && !yield(name, l.values[i]) {
				return
			}
		}
	}
}

// String formats the label: "conv{kernel=3,stride=1}".
func (l Label) String() string { return string(l.appendText(nil)) }

// appendText appends the String of the label.
func (l Label) appendText(s []byte) []byte {
	s = appendName(s, l.Op)
	before := len(s)
	if s = l.appendFields(append(s, '{')); len(s) == before+1 {
		return s[:before]
	}
	return append(s, '}')
}

// fields formats the fields: "kernel=3,stride=1".
func (l Label) fields() string { return string(l.appendFields(nil)) }

// appendFields appends the fields as text.
func (l Label) appendFields(s []byte) []byte {
	first := true
	for i, value := range l.values {
		if value == "" {
			continue
		}
		if !first {
			s = append(s, ',')
		}
		first = false
		s = appendName(append(appendName(s, l.names[i]), '='), value)
	}
	return s
}

// fieldTable holds the fields of a part's nodes or edges. Two tables with the same contents are
// deeply equal.
type fieldTable struct {
	names  []string // sorted; each has a value in some row
	values []string // row by row; empty if a field does not exist
}

// newFieldTable returns a table of rows, each a map from names to values.
func newFieldTable(rows []map[string]string) (fieldTable, error) {
	used := map[string]bool{}
	for i, row := range rows {
		for name, value := range row {
			if name == "" || value == "" {
				return fieldTable{}, fmt.Errorf("%w: number %d: the name and value of a field must not be empty, got %q and %q", ErrInvalid, i, name, value)
			}
			used[name] = true
		}
	}
	if len(used) == 0 {
		return fieldTable{}, nil
	}
	t := fieldTable{names: slices.Sorted(maps.Keys(used))}
	t.values = make([]string, len(t.names)*len(rows))
	for i, row := range rows {
		for k, name := range t.names {
			t.values[i*len(t.names)+k] = row[name]
		}
	}
	return t, nil
}

// row returns the values of a row.
func (t fieldTable) row(i int) []string {
	n := len(t.names)
	return t.values[i*n : (i+1)*n]
}

func (t fieldTable) equal(u fieldTable) bool {
	return slices.Equal(t.names, u.names) && slices.Equal(t.values, u.values)
}

// label returns the label of a row.
func (t fieldTable) label(op string, row int) Label {
	if t.names == nil {
		return Label{Op: op}
	}
	return Label{Op: op, names: t.names, values: t.row(row)}
}
