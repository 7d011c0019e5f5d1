package searchspace_test

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

func TestParseReadsTextAndJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		space := anySpace(t)
		a := anyArch(t, space)
		written, err := json.Marshal(a)
		require.NoError(t, err)
		texts := []string{string(written), "\ufeff " + string(written) + "\r\n", a.String(), a.String() + "\n"}
		if _, ok := space.(searchspace.Notation); ok {
			texts = append(texts, searchspace.Text(space, a))
		}
		for _, text := range texts {
			back, err := searchspace.Parse(space, text)
			require.NoError(t, err)
			require.True(t, a.Equal(back), "%s became %v", text, back)
		}
	})
}

func TestParseReadsJSONThatPythonPrintedAgain(t *testing.T) {
	var space searchspace.DARTS
	a, err := space.Parse(publishedGenotypes["DARTS_V2"].published)
	require.NoError(t, err)
	written, err := json.Marshal(a)
	require.NoError(t, err)
	back, err := searchspace.Parse(space, strings.ReplaceAll(string(written), `"`, "'"))
	require.NoError(t, err)
	assert.True(t, a.Equal(back))
}

func TestParseReadsFieldsThatPythonPrintedAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		floats := rapid.SliceOfNDistinct(rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64), 1, 3, func(v float64) float64 { return v })
		spelled := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"1", "1.0", "1e-4", "1e+06", "0.50", "-0", "true", "it's"}), 1, 8, rapid.ID[string])
		fields := []searchspace.Field{
			searchspace.Bool("flag"),
			searchspace.Ordered("rate", floats.Draw(t, "rates")...),
			searchspace.Choice("spelled", spelled.Draw(t, "spelled")...),
		}
		space, err := searchspace.New("s", []searchspace.Part{
			{Name: "a", MaxNodes: 3, NodeOps: []string{"conv", "it's"}, NodeFields: fields},
			{Name: "b", MaxNodes: 2, EdgeOps: []string{"none", "True"}, EdgeFields: fields},
		})
		require.NoError(t, err)
		a := anyArch(t, space)
		written, err := json.Marshal(a)
		require.NoError(t, err)
		printed := pythonPrints(t, written)
		back, err := searchspace.Parse(space, printed)
		require.NoError(t, err)
		require.True(t, a.Equal(back), "%s became %v", printed, back)
	})
}

// pythonPrints returns what Python prints for the value of a JSON text.
func pythonPrints(t require.TestingT, text []byte) string {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	require.NoError(t, decoder.Decode(&value))
	return pythonRepr(value)
}

func pythonRepr(value any) string {
	switch v := value.(type) {
	case map[string]any:
		var items []string
		for key, item := range v {
			items = append(items, pythonRepr(key)+": "+pythonRepr(item))
		}
		return "{" + strings.Join(items, ", ") + "}"
	case []any:
		var items []string
		for _, item := range v {
			items = append(items, pythonRepr(item))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case string:
		if strings.Contains(v, "'") {
			return `"` + v + `"`
		}
		return "'" + v + "'"
	case json.Number:
		if v == "-0" {
			return "0"
		}
		if !strings.ContainsAny(v.String(), ".eE") {
			return v.String()
		}
		x, _ := v.Float64()
		if size := math.Abs(x); x != 0 && (size < 1e-4 || size >= 1e16) {
			return strconv.FormatFloat(x, 'e', -1, 64)
		}
		digits := strconv.FormatFloat(x, 'f', -1, 64)
		if !strings.Contains(digits, ".") {
			digits += ".0"
		}
		return digits
	case bool:
		return map[bool]string{true: "True", false: "False"}[v]
	}
	return "None"
}

func TestParseErrors(t *testing.T) {
	for name, c := range map[string]struct {
		space         searchspace.Space
		text, message string
	}{
		"no notation":   {searchspace.RandWire{}, "0 1 1", `randwire-32-32-32: invalid architecture: "0 1 1" is neither the JSON of an architecture`},
		"notation":      {searchspace.NASBench201{}, "0 1 1", "a cell must be of the form |nor_conv_3x3~0|"},
		"too few nodes": {searchspace.NASBench201{}, `{"parts": [{"name": "cell", "nodes": 3}]}`, "it must have 4 nodes, got 3"},
		"cycle": {searchspace.NASBench201{}, `{"parts": [{"name": "cell", "nodes": 4, "edges": [{"from": 1, "to": 1}]}]}`,
			`nasbench201: part "cell": invalid architecture: edge 1→1`},
		"no parts": {searchspace.NASBench201{}, `{"parts": []}`, "it has 0 parts, but the space has 1 part"},
		"type":     {searchspace.NASBench201{}, `{"parts": 3}`, "nasbench201: "},
	} {
		_, err := searchspace.Parse(c.space, c.text)
		require.ErrorIs(t, err, searchspace.ErrInvalid, name)
		assert.ErrorContains(t, err, c.message, name)
	}
}

func FuzzParse(f *testing.F) {
	for _, texts := range []map[string]string{written201, writtenENAS, writtenGenotypes, printed101} {
		for _, text := range texts {
			f.Add(text)
		}
	}
	f.Add(`{"parts": [{"name": "stage1", "nodes": 2, "edges": [{"from": 0, "to": 1}]}]}`)
	f.Add(`{'parts': [{'name': 'net', 'nodes': 1, 'node_fields': [{'rate': 1e-05, 'momentum': 1.0, 'nesterov': True}], 'edges': []}]}`)
	wiring, err := searchspace.NewRandWire(2)
	require.NoError(f, err)
	fields, err := searchspace.New("fields", []searchspace.Part{searchspace.Params("net",
		searchspace.Ordered("rate", 1e-5, 1e-4), searchspace.Ordered("momentum", 0.9, 1), searchspace.Bool("nesterov"))})
	require.NoError(f, err)
	spaces := []searchspace.Space{searchspace.NASBench101{}, searchspace.NASBench201{}, enasMacro(f, 3), darts(f, 1), wiring, fields}
	f.Fuzz(func(t *testing.T, text string) {
		for _, space := range spaces {
			a, err := searchspace.Parse(space, text)
			if err != nil {
				require.ErrorIs(t, err, searchspace.ErrInvalid)
				continue
			}
			require.NoError(t, space.Validate(a))
			written, err := json.Marshal(a)
			require.NoError(t, err)
			again, err := searchspace.Parse(space, string(written))
			require.NoError(t, err)
			require.True(t, a.Equal(again))
		}
	})
}
