package searchspace

import (
	"fmt"
	"slices"
	"strconv"
)

// Field is a named choice that a node or an edge makes beside its operation: the heads of an attention layer, the kernel
// size of a convolution, a learning rate. [Choice], [Ordered] and [Bool] make one.
type Field struct {
	// Name of the field, unique among the fields of its part's nodes or edges. "op" is reserved for the operation.
	Name string
	// Values are what may be chosen, at least one, each once, as they are printed.
	Values []string
	// Ordered reports that the order of Values means something: neighbors are one step apart, and methods expect values
	// that are close to give similar results.
	Ordered bool
	// Conditions must all hold for the field to exist. Without any it always exists.
	Conditions []Condition
}

// Condition requires that an earlier field of the same node or edge has one of some values. Field "op" is the operation.
type Condition struct {
	Field  string
	Values []string
}

// opField is the name by which a Condition refers to the operation.
const opField = "op"

// Choice returns a field whose values have no order, such as activation functions.
func Choice(name string, values ...string) Field { return Field{Name: name, Values: values} }

// Ordered returns a field whose values have an order, the given one: kernel sizes 3, 5, 7 or learning rates 1e-4, 3e-4,
// 1e-3. Floating-point values are written in the fewest digits that identify them.
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

// Bool returns a field that is false or true.
func Bool(name string) Field { return Field{Name: name, Values: []string{"false", "true"}} }

// When returns the field with a further condition: it exists only if the named field of the same node or edge, which must
// come before it, has one of the values. The name "op" stands for the operation:
//
//	searchspace.Ordered("kernel", 3, 5, 7).When("op", "conv", "sep_conv")
func (f Field) When(field string, values ...string) Field {
	f.Conditions = append(slices.Clip(f.Conditions), Condition{Field: field, Values: values})
	return f
}

// index returns the number of the value that a label has of the field, or −1 if it has none of them.
func (f *Field) index(l Label) int { return slices.Index(f.Values, l.Get(f.Name)) }

// validateFields checks the fields of a part's nodes or edges, which carry the given operations.
func validateFields(fields []Field, ops []string) error {
	known := map[string][]string{opField: ops}
	for _, f := range fields {
		if f.Name == "" || f.Name == opField {
			return fmt.Errorf("field %q: a field needs a name other than %q", f.Name, opField)
		}
		if known[f.Name] != nil {
			return fmt.Errorf("field %q is there twice", f.Name)
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

// maxValues bounds the values of a field and the operations of a part.
const maxValues = 1<<15 - 1

func (f Field) validate() error {
	if len(f.Values) == 0 {
		return fmt.Errorf("it needs at least one value")
	}
	if len(f.Values) > maxValues {
		return fmt.Errorf("it has %d values, and at most %d are supported", len(f.Values), maxValues)
	}
	seen := map[string]bool{}
	for _, v := range f.Values {
		if v == "" || seen[v] {
			return fmt.Errorf("value %q is empty or there twice", v)
		}
		seen[v] = true
		if x, err := strconv.ParseFloat(v, 64); f.Ordered && err == nil && !(x-x == 0) {
			return fmt.Errorf("value %s is not a finite number", v)
		}
	}
	return nil
}

// validate checks a condition against what is known before its field: each name with its values.
func (c Condition) validate(known map[string][]string, fields []Field) error {
	values := known[c.Field]
	if values == nil {
		if slices.ContainsFunc(fields, func(f Field) bool { return f.Name == c.Field }) {
			return fmt.Errorf("it depends on field %q, which must come before it", c.Field)
		}
		return fmt.Errorf("it depends on %q, which does not exist", c.Field)
	}
	if len(c.Values) == 0 {
		return fmt.Errorf("its condition on %q allows no value", c.Field)
	}
	for _, v := range c.Values {
		if !slices.Contains(values, v) {
			return fmt.Errorf("its condition wants %q to be %q, which is none of %q", c.Field, v, values)
		}
	}
	return nil
}

// compiledField is a Field whose conditions are looked up: of the operation or of earlier fields, by number.
type compiledField struct {
	values     int
	conditions []compiledCondition
}

// compiledCondition holds if the value of a field is allowed; field −1 is the operation.
type compiledCondition struct {
	field   int
	allowed []bool
}

// compileFields prepares valid fields of nodes or edges with the given operations.
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

// exists reports whether the field exists beside the given operation and values of earlier fields, −1 for those that do
// not exist.
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

// cloneFields returns fields that share nothing with the given ones.
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
