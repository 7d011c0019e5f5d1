package searchspace

import (
	"fmt"
	"slices"
	"strconv"
)

// Field is a named choice of a node or edge in addition to its operation: the number of heads of an
// attention layer, the kernel size of a convolution, a learning rate. [Choice], [Ordered] and
// [Bool] return fields.
type Field struct {
	// Name is unique among the fields of the part's nodes or edges. "op" is reserved for the
	// operation.
	Name string
	// Values lists the possible values as text, at least one, without duplicates.
	Values []string
	// Ordered reports whether the order of Values is meaningful. If so, neighbors are one step
	// apart, and methods expect similar results for nearby values.
	Ordered bool
	// Conditions must all hold for the field to exist. A field without conditions always exists.
	Conditions []Condition
}

// Condition requires an earlier field of the same node or edge to have one of several values. The field "op" is
// the operation.
type Condition struct {
	Field  string
	Values []string
}

// opField is the name of the operation in a Condition.
const opField = "op"

// Choice returns a field with unordered values, such as activation functions.
func Choice(name string, values ...string) Field { return Field{Name: name, Values: values} }

// Ordered returns a field whose values are ordered as given, such as kernel sizes 3, 5, 7 or
// learning rates 1e-4, 3e-4, 1e-3. Floating-point values are formatted with the fewest digits that
// identify them.
func Ordered[T int | float64 | string](name string, values ...T) Field {
	f := Field{Name: name, Ordered: true, Values: make([]string, len(values))}
	for i, v := range values {
		switch v := any(v).(type) {
		case float64:
			f.Values[i] = strconv.FormatFloat(v, 'g', -1, 64)
		default:
			f.Values[i] = fmt.Sprint(v)
		}
	}
	return f
}

// Bool returns a field with the values false and true. They are categories, not numbers in order.
func Bool(name string) Field { return Field{Name: name, Values: []string{"false", "true"}} }

// When returns the field with a further condition: it exists only if the named field of the same
// node or edge, which must precede it, has one of the values. The name "op" refers to the
// operation:
//
//	searchspace.Ordered("kernel", 3, 5, 7).When("op", "conv", "sep_conv")
func (f Field) When(field string, values ...string) Field {
	f.Conditions = append(slices.Clip(f.Conditions), Condition{Field: field, Values: values})
	return f
}

// index returns the index of the label's value of the field, or −1 if it has none of the values.
func (f *Field) index(l Label) int { return slices.Index(f.Values, l.Get(f.Name)) }

// validateFields checks the fields of a part's nodes or edges, which have the given operations.
func validateFields(fields []Field, ops []string) error {
	known := map[string][]string{opField: ops}
	for _, f := range fields {
		if f.Name == "" || f.Name == opField {
			return fmt.Errorf("field %q: the name must not be empty or %q", f.Name, opField)
		}
		if known[f.Name] != nil {
			return fmt.Errorf("field %q is listed twice", f.Name)
		}
		if err := f.validate(); err != nil {
			return fmt.Errorf("field %q: %w", f.Name, err)
		}
		for _, c := range f.Conditions {
			if err := c.validate(known, fields); err != nil {
				return fmt.Errorf("field %q: %w", f.Name, err)
			}
		}
		known[f.Name] = f.Values
	}
	return nil
}

// maxValues limits the number of values of a field and of operations of a part.
const maxValues = 1<<15 - 1

func (f Field) validate() error {
	if len(f.Values) == 0 {
		return fmt.Errorf("it must have at least one value")
	}
	if len(f.Values) > maxValues {
		return fmt.Errorf("it has %d values, but at most %d are supported", len(f.Values), maxValues)
	}
	seen := map[string]bool{}
	for _, v := range f.Values {
		if v == "" || seen[v] {
			return fmt.Errorf("value %q is empty or listed twice", v)
		}
		seen[v] = true
		if x, err := strconv.ParseFloat(v, 64); f.Ordered && err == nil && !(x-x == 0) {
			return fmt.Errorf("value %s must be a finite number", v)
		}
	}
	return nil
}

// validate checks a condition against what is known before its field: names with their values.
func (c Condition) validate(known map[string][]string, fields []Field) error {
	values := known[c.Field]
	if values == nil {
		if slices.ContainsFunc(fields, func(f Field) bool { return f.Name == c.Field }) {
			return fmt.Errorf("it depends on field %q, which must precede it", c.Field)
		}
		return fmt.Errorf("it depends on %q, which does not exist", c.Field)
	}
	if len(c.Values) == 0 {
		return fmt.Errorf("its condition on %q must list at least one value", c.Field)
	}
	for _, v := range c.Values {
		if !slices.Contains(values, v) {
			return fmt.Errorf("its condition requires %q to be %q, but the values are %q", c.Field, v, values)
		}
	}
	return nil
}

// compiledField is a Field whose conditions refer to the operation or to earlier fields by index.
type compiledField struct {
	values     int
	conditions []compiledCondition
}

// compiledCondition holds if the value of a field is allowed; field −1 is the operation.
type compiledCondition struct {
	field   int
	allowed []bool
}

// compileFields compiles valid fields of nodes or edges with the given operations.
func compileFields(fields []Field, ops []string) []compiledField {
	compiled := make([]compiledField, len(fields))
	for i, f := range fields {
		compiled[i].values = len(f.Values)
		for _, c := range f.Conditions {
			at := slices.IndexFunc(fields, func(f Field) bool { return f.Name == c.Field })
			values := ops
			if at >= 0 {
				values = fields[at].Values
			}
			allowed := make([]bool, len(values))
			for v, name := range values {
				allowed[v] = slices.Contains(c.Values, name)
			}
			compiled[i].conditions = append(compiled[i].conditions, compiledCondition{at, allowed})
		}
	}
	return compiled
}

// exists reports whether the field exists with the given operation and values of earlier fields,
// which are −1 for those that do not exist.
func (f *compiledField) exists(op int, values []int16) bool {
	for _, c := range f.conditions {
		v := op
		if c.field >= 0 {
			v = int(values[c.field])
		}
		if v < 0 || !c.allowed[v] {
			return false
		}
	}
	return true
}

// cloneFields returns a deep copy of the fields.
func cloneFields(fields []Field) []Field {
	fields = slices.Clone(fields)
	for i := range fields {
		f := &fields[i]
		f.Values, f.Conditions = slices.Clone(f.Values), slices.Clone(f.Conditions)
		for k := range f.Conditions {
			f.Conditions[k].Values = slices.Clone(f.Conditions[k].Values)
		}
	}
	return fields
}
