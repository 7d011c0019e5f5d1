package searchspace

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// This file reads values as printed by Python or written in programs, which is how published
// programs print architectures. Lists, tuples and arrays become []any, dictionaries map[string]any,
// numbers int or float64, strings string, True and False 1 and 0, and None nil. Numpy numbers
// ("np.int64(0)"), arrays and tensors become their contents, and a range becomes a list of numbers.
// Commas may be missing, as in numpy. JSON is also accepted.

// pythonCall is a call of an unknown function, such as Genotype.
type pythonCall struct {
	name  string // without the module
	named map[string]any
}

// pythonName is a name with an unknown value, such as the type of an array.
type pythonName string

// Limits on the input.
const (
	maxPythonDepth = 32
	maxPythonRange = 1 << 10
)

var errPythonEnd = errors.New("unexpected end: a bracket or parenthesis is not closed")

// readPython reads the values of a text. "name = value" counts as the value.
func readPython(text string) ([]any, error) {
	p := pythonReader{rest: text}
	args, _, err := p.until("")
	return args, err
}

// readPythonJSON reads JSON printed by Python. Numbers become json.Number, as written, and booleans
// bool. It returns nil if the text is not a single value.
func readPythonJSON(text string) any {
	p := pythonReader{rest: text, json: true}
	values, _, err := p.until("")
	if err != nil || len(values) != 1 {
		return nil
	}
	return values[0]
}

// pythonReader reads from the front of rest.
type pythonReader struct {
	rest  string
	depth int
	json  bool // whether to keep numbers as written and booleans
}

func (p *pythonReader) space() { p.rest = strings.TrimLeft(p.rest, " \t\r\n\v\f") }

// take skips white space, and then mark if it is next.
func (p *pythonReader) take(mark string) bool {
	p.space()
	rest, ok := strings.CutPrefix(p.rest, mark)
	p.rest = rest
	return ok
}

// until reads values and named values up to a closing bracket, or up to the end of the text if
// closing is empty.
func (p *pythonReader) until(closing string) (values []any, named map[string]any, err error) {
	for {
		p.space()
		switch {
		case closing == "" && p.rest == "":
			return values, named, nil
		case p.rest == "":
			return nil, nil, errPythonEnd
		case closing != "" && p.take(closing):
			return values, named, nil
		}
		name, value, err := p.item()
		if err != nil {
			return nil, nil, err
		}
		if name == "" || closing == "" {
			values = append(values, value)
		} else if named, err = addNamed(named, name, value); err != nil {
			return nil, nil, err
		}
		p.take(",")
	}
}

// addNamed adds a named value. It returns an error if the name is already present.
func addNamed(to map[string]any, name string, value any) (map[string]any, error) {
	if to == nil {
		to = map[string]any{}
	}
	if _, twice := to[name]; twice {
		return nil, fmt.Errorf("%s is given twice", name)
	}
	to[name] = value
	return to, nil
}

// item reads a value and its name, if it has one.
func (p *pythonReader) item() (name string, value any, err error) {
	value, err = p.value()
	if err != nil {
		return "", nil, err
	}
	if bare, ok := value.(pythonName); ok && p.take("=") {
		value, err = p.value()
		return string(bare), value, err
	}
	return "", value, nil
}

// value reads a value.
func (p *pythonReader) value() (any, error) {
	p.space()
	if p.rest == "" {
		return nil, errPythonEnd
	}
	if p.depth++; p.depth > maxPythonDepth {
		return nil, fmt.Errorf("brackets must not be nested more than %d deep", maxPythonDepth)
	}
	defer func() { p.depth-- }()
	switch c := p.rest[0]; {
	case p.take("["):
		values, _, err := p.until("]")
		return listOf(values), err
	case p.take("("):
		values, _, err := p.until(")")
		return listOf(values), err
	case p.take("{"):
		return p.dictionary()
	case c == '\'' || c == '"':
		return p.text()
	case c == '-' || c == '+' || c == '.' || '0' <= c && c <= '9':
		return p.number()
	case isNameByte(c):
		return p.named()
	}
	return nil, fmt.Errorf("cannot read %.20q", p.rest)
}

// listOf replaces a nil list, which would mean None, by an empty one.
func listOf(values []any) []any {
	if values == nil {
		return []any{}
	}
	return values
}

// dictionary reads a dictionary after its opening bracket. All keys must be strings.
func (p *pythonReader) dictionary() (any, error) {
	dictionary := map[string]any{}
	for !p.take("}") {
		key, err := p.value()
		if err != nil {
			return nil, err
		}
		name, ok := key.(string)
		if !ok || !p.take(":") {
			return nil, fmt.Errorf("cannot read %.20q: a dictionary must have keys in quotes, each followed by a colon and a value", p.rest)
		}
		value, err := p.value()
		if err != nil {
			return nil, err
		}
		if _, err := addNamed(dictionary, name, value); err != nil {
			return nil, err
		}
		p.take(",")
	}
	return dictionary, nil
}

// text reads a string. It does not support escapes, which names of operations do not have.
func (p *pythonReader) text() (any, error) {
	quote := p.rest[:1]
	text, rest, ok := strings.Cut(p.rest[1:], quote)
	if !ok || strings.ContainsAny(text, "\\\n") {
		return nil, fmt.Errorf("cannot read %.20q: the quotes must be closed and must not contain a line break or backslash", p.rest)
	}
	p.rest = rest
	return strings.Clone(text), nil
}

// number reads a number.
func (p *pythonReader) number() (any, error) {
	n := 0
	for n < len(p.rest) && (isNameByte(p.rest[n]) || strings.IndexByte("+-", p.rest[n]) >= 0) {
		n++
	}
	token := p.rest[:n]
	if p.json && json.Valid([]byte(token)) {
		p.rest = p.rest[n:]
		return json.Number(token), nil
	}
	digits := strings.TrimLeft(token, "+-")
	if i, err := strconv.Atoi(token); err == nil && (digits == "0" || digits[0] != '0') {
		p.rest = p.rest[n:]
		return i, nil
	}
	v, err := strconv.ParseFloat(token, 64)
	if err != nil || !strings.ContainsAny(token, ".eE") || strings.ContainsAny(token, "xXpP_") {
		return nil, fmt.Errorf("%.20q is not a number", token)
	}
	p.rest = p.rest[n:]
	return v, nil
}

// named reads a name, or a call.
func (p *pythonReader) named() (any, error) {
	n := 0
	for n < len(p.rest) && isNameByte(p.rest[n]) {
		n++
	}
	full := p.rest[:n]
	p.rest = p.rest[n:]
	switch full {
	case "True", "true":
		return p.boolean(true), nil
	case "False", "false":
		return p.boolean(false), nil
	case "None", "null":
		return nil, nil
	case "u", "b":
		if p.rest != "" && (p.rest[0] == '\'' || p.rest[0] == '"') {
			return p.text()
		}
	}
	name := full[strings.LastIndexByte(full, '.')+1:]
	if !p.take("(") {
		return pythonName(full), nil
	}
	args, named, err := p.until(")")
	if err != nil {
		return nil, err
	}
	return called(name, args, named)
}

// boolean returns the value of a boolean, which is a number in Python.
func (p *pythonReader) boolean(v bool) any {
	switch {
	case p.json:
		return v
	case v:
		return 1
	}
	return 0
}

// called returns the value of a call.
func called(name string, args []any, named map[string]any) (any, error) {
	switch name {
	case "int", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64",
		"bool_", "str_", "array", "tensor", "list", "tuple", "dict", "OrderedDict":
		if len(args) == 1 {
			return args[0], nil
		}
	case "range":
		return pythonRange(args)
	}
	if len(args) > 0 {
		return nil, fmt.Errorf("cannot read the call of %.40s: its arguments must be named", name)
	}
	return pythonCall{name, named}, nil
}

// pythonRange returns the numbers of a range.
func pythonRange(args []any) (any, error) {
	from, to := 0, 0
	ok := len(args) == 1 || len(args) == 2
	if ok {
		to, ok = wholeNumber(args[len(args)-1])
	}
	if ok && len(args) == 2 {
		from, ok = wholeNumber(args[0])
	}
	if !ok || to-from > maxPythonRange {
		return nil, fmt.Errorf("a range must have one or two whole numbers as arguments and at most %d elements", maxPythonRange)
	}
	numbers := []any{}
	for v := from; v < to; v++ {
		numbers = append(numbers, v)
	}
	return numbers, nil
}

// wholeNumber returns a value as an int if it is a whole number of up to nine digits.
func wholeNumber(value any) (int, bool) {
	const most = 1e9
	switch v := value.(type) {
	case int:
		return v, -most < v && v < most
	case float64:
		return int(v), v == math.Trunc(v) && math.Abs(v) < most
	}
	return 0, false
}

// isNameByte reports whether a byte may be part of a name, or of a number without its sign.
func isNameByte(c byte) bool {
	return c == '_' || c == '.' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
