package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
)

// parser turns the fields of an object into a reply. It keeps its first error, which names the field and what would be valid.
type parser struct {
	fields fields
	strict bool // accept only replies that the schema allows
	err    error
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

// reply reads the fields. The reply is only valid if there is no error.
func (p *parser) reply() Reply {
	var r Reply
	switch kind := p.kind(); kind {
	case "error":
		p.only("id", "error", "temporary")
		r.ID = p.id()
		r.Failure = &Failure{Message: p.text("error"), Temporary: p.flag("temporary")}
		if r.Failure.Message == "" {
			p.fail(`"error" is empty: say why the evaluation failed`)
		}
	case "progress":
		p.only("id", "progress", "epoch", "value", "message")
		r.ID = p.id()
		r.Progress = p.progress()
	default:
		p.only("id", "value", "metrics", "cost_seconds", "failure", "resume", "curve")
		r.ID = p.id()
		r.Result = p.result(r.ID)
	}
	return r
}

// progress reads a progress reply.
func (p *parser) progress() *Progress {
	progress := &Progress{Fraction: p.number("progress"), Epoch: p.number("epoch"), Message: p.text("message")}
	if f := progress.Fraction; !(f >= 0 && f <= 1) { // NaN too
		p.fail(`"progress" is %v: write the fraction that is done, from 0 to 1`, f)
	}
	if e := progress.Epoch; !(e >= 0) || !finite(e) {
		p.fail(`"epoch" is %v: write how many epochs are done`, e)
	}
	if p.has("value") {
		v := p.number("value")
		if !finite(v) {
			p.fail(`"value" is %v: leave it out if it is not a finite number`, v)
		}
		progress.Value = &v
	}
	return progress
}

// kind returns the kind of the reply: "value", "error" or "progress". Progress may have a value.
func (p *parser) kind() string {
	if p.has("progress") && !p.has("error") {
		return "progress"
	}
	var kinds []string
	for _, name := range []string{"value", "error", "progress"} {
		if p.has(name) {
			kinds = append(kinds, name)
		}
	}
	switch len(kinds) {
	case 0:
		return ""
	case 1:
		return kinds[0]
	}
	p.fail("%q and %q are in one reply: a reply must have exactly one of value, error and progress", kinds[0], kinds[1])
	return kinds[0]
}

func (p *parser) has(name string) bool {
	_, ok := p.fields[name]
	return ok
}

// dropNulls removes fields that are null, as if they were absent. It removes a null value only if there is an error.
func (p *parser) dropNulls() {
	for name, raw := range p.fields {
		if string(raw) == "null" && (name != "value" || p.has("error") && string(p.fields["error"]) != "null") {
			delete(p.fields, name)
		}
	}
}

// only fails if there is a field with another name.
func (p *parser) only(names ...string) {
	if err := p.fields.only(names...); err != nil {
		p.fail("%w", err)
	}
}

func (p *parser) id() string {
	raw, ok := p.fields["id"]
	var id string
	var number int64
	switch {
	case !ok:
		p.fail(`"id" is missing: repeat the id of the request`)
	case !p.strict && json.Unmarshal(raw, &number) == nil: // from a worker that read the id as a number
		return strconv.FormatInt(number, 10)
	case raw[0] != '"':
		p.fail(`"id" is %s: repeat the id of the request unchanged, as a string`, what(raw))
	case json.Unmarshal(raw, &id) == nil && id == "":
		p.fail(`"id" is empty: repeat the id of the request`)
	}
	return id
}

func (p *parser) text(name string) (text string) {
	if raw := p.fields[name]; p.has(name) && json.Unmarshal(raw, &text) != nil {
		p.fail("%q is %s, not a string", name, what(raw))
	}
	return text
}

func (p *parser) flag(name string) (flag bool) {
	if raw := p.fields[name]; p.has(name) && json.Unmarshal(raw, &flag) != nil {
		p.fail("%q is %s, not true or false", name, what(raw))
	}
	return flag
}

// number reads a number, which may be NaN or infinite.
func (p *parser) number(name string) float64 {
	if !p.has(name) {
		return 0
	}
	v, err := readNumber(p.fields[name])
	if err != nil {
		p.fail("%q %w", name, err)
	}
	return v
}

func (p *parser) result(id string) *evaluator.Result {
	if !p.has("value") {
		p.fail(`"value", "error" and "progress" are all missing: a reply must have exactly one of them`)
	}
	if raw := p.fields["value"]; string(raw) == "null" {
		p.fail(`"value" is null: %s`, instead(id))
	}
	r := &evaluator.Result{Value: p.number("value"), Failure: p.text("failure"), Resume: p.text("resume"), Curve: p.curve(id)}
	if !finite(r.Value) {
		text := fmt.Sprintf(`"value" is %v: %s`, r.Value, instead(id))
		if _, named := nonFinite[string(p.fields["value"])]; !named {
			text = `"value" is outside the range of 64-bit floating-point numbers`
		}
		p.fail("%w", notFiniteError(text))
	}
	r.Cost = p.cost()
	if p.has("metrics") {
		r.Metrics = p.metrics()
	}
	return r
}

// curve reads the points of a learning curve.
func (p *parser) curve(id string) evaluator.Curve {
	var points []struct{ Epoch, Value *float64 }
	if !p.has("curve") {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(p.fields["curve"]))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&points); err != nil {
		p.fail(`"curve" must be a list of points like {"epoch": 6, "value": 71.2}: %w`, err)
		return nil
	}
	curve := make(evaluator.Curve, len(points))
	for i, point := range points {
		if point.Epoch == nil || point.Value == nil {
			p.fail(`"curve": point %d lacks "epoch" or "value"`, i+1)
			return nil
		}
		curve[i] = evaluator.Point{Epoch: *point.Epoch, Value: *point.Value}
	}
	if err := validateCurve(id, curve); err != nil {
		p.fail("%w", err)
	}
	return curve
}

// notFiniteError is the error of a value that is NaN or infinite. It wraps evaluator.ErrNotFinite.
type notFiniteError string

func (e notFiniteError) Error() string { return string(e) }

func (e notFiniteError) Unwrap() error { return evaluator.ErrNotFinite }

// instead describes how to report a training run that has no value.
func instead(id string) string {
	text, _ := json.Marshal(id)
	return fmt.Sprintf(`report a training run that diverged as {"id":%s,"error":"diverged"}`, text)
}

// clockError is how far below zero a measured cost may be, because clocks are not exact.
const clockError = time.Millisecond

func (p *parser) cost() time.Duration {
	seconds := p.number("cost_seconds")
	if !p.strict && seconds < 0 && seconds > -clockError.Seconds() {
		return 0
	}
	if !(seconds >= 0 && seconds <= MaxCost.Seconds()) {
		p.fail(`"cost_seconds" is %v: it must be between 0 and %g`, seconds, MaxCost.Seconds())
		return 0
	}
	return time.Duration(math.Round(seconds * float64(time.Second)))
}

func (p *parser) metrics() map[string]float64 {
	raw := p.fields["metrics"]
	if raw[0] != '{' {
		p.fail(`"metrics" is %s, not an object of numbers by name`, what(raw))
		return nil
	}
	f, err := readFields(raw)
	if err != nil {
		p.fail(`"metrics": %w`, err)
	}
	metrics := make(map[string]float64, len(f))
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if string(f[name]) == "null" {
			continue // null means absent
		}
		v, err := readNumber(f[name])
		if err == nil && p.strict && !finite(v) {
			err = fmt.Errorf("is %v: leave it out", v)
		}
		if err != nil {
			p.fail("metric %.40q %w", name, err)
		}
		metrics[name] = v
	}
	return metrics
}

// readNumber reads a number. A number outside the range of float64 becomes infinite.
func readNumber(raw json.RawMessage) (float64, error) {
	if v, ok := nonFinite[string(raw)]; ok {
		return v, nil
	}
	if raw[0] == '"' {
		return 0, fmt.Errorf("is %s: write the number without quotes", what(raw))
	}
	if c := raw[0]; c != '-' && (c < '0' || c > '9') {
		return 0, fmt.Errorf("is %s, not a number", what(raw))
	}
	v, err := strconv.ParseFloat(string(raw), 64)
	if errors.Is(err, strconv.ErrRange) {
		err = nil
	}
	return v, err
}

// what describes a JSON value for an error.
func what(raw json.RawMessage) string {
	text := string(raw)
	for name := range nonFinite {
		text = strings.ReplaceAll(text, name, strings.Trim(name, `"\u0`))
	}
	if len(text) > 40 {
		text = text[:40] + "…"
	}
	switch raw[0] {
	case '"':
		return "the string " + text
	case '[':
		return "the list " + text
	case '{':
		return "the object " + text
	case 'n', 't', 'f':
		return text
	}
	return "the number " + text
}
