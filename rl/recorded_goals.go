package rl

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// objectiveList and limitList are the objectives and limits of a search in its record. They are
// written as lists. Older records contain text such as "maximize valid, minimize latency", which
// can be read too.
type (
	objectiveList []Objective
	limitList     []Limit
)

// joined formats objectives or limits as text.
func joined[T fmt.Stringer](list []T) string {
	texts := make([]string, len(list))
	for i, one := range list {
		texts[i] = one.String()
	}
	return strings.Join(texts, ", ")
}

func (l objectiveList) text() string { return cmp.Or(joined(l), "the default (maximize value)") }

func (l limitList) text() string { return cmp.Or(joined(l), "none") }

// UnmarshalJSON reads a list, or text formatted by joined.
func (l *objectiveList) UnmarshalJSON(data []byte) (err error) {
	var text string
	if json.Unmarshal(data, &text) != nil {
		return json.Unmarshal(data, (*[]Objective)(l))
	}
	*l, err = parseObjectives(text)
	return err
}

// UnmarshalJSON reads a list, or text formatted by joined.
func (l *limitList) UnmarshalJSON(data []byte) (err error) {
	var text string
	if json.Unmarshal(data, &text) != nil {
		return json.Unmarshal(data, (*[]Limit)(l))
	}
	*l, err = parseLimits(text)
	return err
}

// parseObjectives parses text such as "maximize valid, minimize latency". Names may contain commas.
func parseObjectives(text string) ([]Objective, error) {
	if text == "" {
		return nil, nil
	}
	var list []Objective
	for part := range strings.SplitSeq(text, ", ") {
		verb, name, _ := strings.Cut(part, " ")
		switch {
		case verb == "maximize" || verb == "minimize":
			list = append(list, Objective{Metric: name, Minimize: verb == "minimize"})
		case len(list) > 0:
			list[len(list)-1].Metric += ", " + part
		default:
			return nil, fmt.Errorf("an objective must begin with maximize or minimize, got %q", text)
		}
	}
	for i := range list {
		list[i].Metric = metricName(list[i].Metric)
	}
	return list, nil
}

// limitText matches one limit in text formatted by joined.
var limitText = regexp.MustCompile(`^(.+?) (≤|≥) (\S+?)(?:, |$)`)

// parseLimits parses text such as "params ≤ 1e+06, valid ≥ 80".
func parseLimits(text string) ([]Limit, error) {
	var list []Limit
	for text != "" {
		parts := limitText.FindStringSubmatch(text)
		if parts == nil {
			return nil, fmt.Errorf("a limit must be like \"params ≤ 5\", got %q", text)
		}
		bound, err := strconv.ParseFloat(parts[3], 64)
		if err != nil {
			return nil, fmt.Errorf("the bound of a limit must be a number, got %q", parts[3])
		}
		list = append(list, Limit{Metric: metricName(parts[1]), Bound: bound, AtLeast: parts[2] == "≥"})
		text = text[len(parts[0]):]
	}
	return list, nil
}

// metricName returns the metric of a name returned by figureName.
func metricName(name string) string {
	if name == figureName("") {
		return ""
	}
	return name
}
