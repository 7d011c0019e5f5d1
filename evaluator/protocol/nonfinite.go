package protocol

import (
	"encoding/json"
	"math"
	"strings"
)

// JSON has no numbers for NaN and infinities; Python writes them as NaN, Infinity and -Infinity. nameNonFinite
// replaces them by reserved strings, so that the message can be decoded and its error can name the faulty field.
const (
	notANumber  = `"\u0000NaN"`
	infinite    = `"\u0000Infinity"`
	negInfinite = `"\u0000-Infinity"`
)

var nonFinite = map[string]float64{notANumber: math.NaN(), infinite: math.Inf(1), negInfinite: math.Inf(-1)}

var nonFiniteNames = []struct{ token, name string }{
	{"NaN", notANumber}, {"Infinity", infinite}, {"-Infinity", negInfinite},
}

// nameNonFinite replaces NaN and infinities in a text by strings. It returns valid JSON unchanged.
func nameNonFinite(text []byte) []byte {
	if json.Valid(text) {
		return text
	}
	var out []byte
	inString := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		if token, name := nonFiniteAt(text[i:]); !inString && token != "" {
			out = append(out, name...)
			i += len(token) - 1
			continue
		}
		out = append(out, c)
		switch {
		case c == '\\' && inString && i+1 < len(text):
			i++
			out = append(out, text[i])
		case c == '"':
			inString = !inString
		}
	}
	return out
}

// nonFiniteAt returns the non-finite number that a text begins with, and its replacement.
func nonFiniteAt(text []byte) (token, name string) {
	start := string(text[:min(len(text), len("-Infinity"))])
	for _, n := range nonFiniteNames {
		if strings.HasPrefix(start, n.token) {
			return n.token, n.name
		}
	}
	return "", ""
}
