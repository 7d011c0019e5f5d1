package searchspace_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/searchspace"
)

// genotype1 has cells with one intermediate node.
const genotype1 = "Genotype(normal=[('skip_connect', 0), ('sep_conv_3x3', 1)], normal_concat=range(2, 3), " +
	"reduce=[('avg_pool_3x3', 0), ('dil_conv_5x5', 1)], reduce_concat=range(2, 3))"

var malformedGenotypes = func() map[string]string {
	malformed := map[string]string{
		"empty":                   "",
		"blank":                   " \n",
		"JSON":                    `{"parts":[]}`,
		"four intermediate nodes": publishedGenotypes["DARTS_V1"].formatted,
	}
	for name, change := range map[string][2]string{
		"another name":             {"Genotype", "Cell"},
		"no parenthesis":           {"Genotype(", "Genotype"},
		"not closed":               {"range(2, 3))", "range(2, 3)"},
		"more behind it":           {"reduce_concat=range(2, 3))", "reduce_concat=range(2, 3)) # V1"},
		"another cell first":       {"normal=", "reduce="},
		"no concatenation":         {", normal_concat=range(2, 3)", ""},
		"a shorter concatenation":  {"range(2, 3)", "range(2, 2)"},
		"a longer concatenation":   {"range(2, 3)", "range(2, 4)"},
		"an input concatenated":    {"range(2, 3)", "range(1, 3)"},
		"list of an input":         {"range(2, 3)", "[1]"},
		"list with an input":       {"range(2, 3)", "[2, 1]"},
		"empty list":               {"range(2, 3)", "[]"},
		"an input as input":        {"('sep_conv_3x3', 1)", "('sep_conv_3x3', 0)"},
		"reads itself":             {"('sep_conv_3x3', 1)", "('sep_conv_3x3', 2)"},
		"reads what is not there":  {"('sep_conv_3x3', 1)", "('sep_conv_3x3', 9)"},
		"reads a negative node":    {"('sep_conv_3x3', 1)", "('sep_conv_3x3', -1)"},
		"reads a very large node":  {"('sep_conv_3x3', 1)", "('sep_conv_3x3', 99999999999999999999)"},
		"a pair too few":           {", ('sep_conv_3x3', 1)", ""},
		"a pair too many":          {"('sep_conv_3x3', 1)", "('sep_conv_3x3', 1), ('sep_conv_3x3', 1)"},
		"none":                     {"sep_conv_3x3", "none"},
		"unknown operation":        {"sep_conv_3x3", "sep_conv_7x7"},
		"operation without quotes": {"'sep_conv_3x3'", "sep_conv_3x3"},
		"unbalanced quotes":        {"'sep_conv_3x3'", "'sep_conv_3x3\""},
		"space in the name":        {"'sep_conv_3x3'", "'sep_conv_3x3 '"},
		"the wrong way round":      {"('sep_conv_3x3', 1)", "(1, 'sep_conv_3x3')"},
	} {
		malformed[name] = strings.Replace(genotype1, change[0], change[1], 1)
	}
	return malformed
}()

// Ways in which programs print genotype1.
var writtenGenotypes = map[string]string{
	"a new line":        genotype1 + "\n",
	"quotes":            `"` + genotype1 + `"`,
	"a comma":           genotype1 + ",",
	"a name":            "DARTS_V1 = " + genotype1,
	"a module":          "genotypes." + genotype1,
	"list of nodes":     strings.ReplaceAll(genotype1, "range(2, 3)", "[2]"),
	"tuple of nodes":    strings.ReplaceAll(genotype1, "range(2, 3)", "(2,)"),
	"numpy's nodes":     strings.ReplaceAll(genotype1, "range(2, 3)", "[np.int64(2)]"),
	"numpy's numbers":   strings.ReplaceAll(genotype1, ", 0)", ", np.int64(0))"),
	"weights":           strings.ReplaceAll(genotype1, ", 0)", ", 0, 0.13017432391643524)"),
	"a list a node":     strings.NewReplacer("[(", "[[(", ")]", ")]]").Replace(genotype1),
	"a tuple a node":    strings.NewReplacer("[(", "[((", ")]", ")),]").Replace(genotype1),
	"another order":     "Genotype(reduce_concat=[2], reduce=[('dil_conv_5x5', 1), ('avg_pool_3x3', 0)], normal_concat=[2], normal=[('skip_connect', 0), ('sep_conv_3x3', 1)])",
	"fields of none":    strings.Replace(genotype1, "range(2, 3))", "range(2, 3), connectN=None, connects=None)", 1),
	"a dictionary":      "{'normal': [('skip_connect', 0), ('sep_conv_3x3', 1)], 'normal_concat': [2], 'reduce': [('avg_pool_3x3', 0), ('dil_conv_5x5', 1)], 'reduce_concat': [2]}",
	"JSON":              `{"normal": [["skip_connect", 0], ["sep_conv_3x3", 1]], "normal_concat": [2], "reduce": [["avg_pool_3x3", 0], ["dil_conv_5x5", 1]], "reduce_concat": [2]}`,
	"strings of numpy":  strings.ReplaceAll(genotype1, "'skip_connect'", "np.str_('skip_connect')"),
	"strings of bytes":  strings.ReplaceAll(genotype1, "'skip_connect'", "u'skip_connect'"),
	"one number a line": strings.ReplaceAll(genotype1, " ", "\r\n "),
}

func TestDARTSReadsPrintedGenotypes(t *testing.T) {
	s := darts(t, 1)
	for name, text := range writtenGenotypes {
		a, err := s.Parse(text)
		if assert.NoError(t, err, name) {
			assert.Equal(t, genotype1, s.Format(a), name)
		}
	}
}

func TestDARTSErrors(t *testing.T) {
	for name, c := range map[string]struct{ old, new, message string }{
		"operation": {"'sep_conv_3x3'", "'conv3x3'", `normal: node 2: unknown operation "conv3x3"; the operations are "max_pool_3x3", "avg_pool_3x3"`},
		"node":      {"('sep_conv_3x3', 1)", "('sep_conv_3x3', 2)", "normal: node 2: it must read one of nodes 0 to 1, got 2"},
		"twice":     {"('sep_conv_3x3', 1)", "('sep_conv_3x3', 0)", "normal: node 2 reads node 0 twice"},
		"pairs":     {", ('sep_conv_3x3', 1)", "", "normal: got 1 pair ('operation', node), want 2: 2 for each of 1 intermediate node"},
		"output":    {"reduce_concat=range(2, 3)", "reduce_concat=range(1, 3)", "reduce_concat must list all intermediate nodes: range(2, 3)"},
		"no output": {", normal_concat=range(2, 3)", "", "normal_concat must list all intermediate nodes: range(2, 3)"},
		"no cell":   {"normal=", "normel=", "normal: it must be a list of pairs ('operation', node)"},
		"field":     {"reduce_concat=", "steps=4, reduce_concat=", `unknown field "steps"`},
		"twice set": {"reduce=", "normal=", "normal is given twice"},
		"not set":   {"Genotype(", "Cell(", "a genotype must be of the form Genotype(normal=["},
		"end":       {"range(2, 3))", "range(2, 3)", "unexpected end"},
		"range":     {"range(2, 3)", "range(2, 1000000000)", "a range must have one or two whole numbers"},
		"no pair":   {"[('skip_connect', 0), ", "['skip_connect', 0, ", "normal: item 0 must be a pair ('operation', node)"},
		"of one":    {"('sep_conv_3x3', 1)", "('sep_conv_3x3',)", "normal: node 2: it must be a pair ('operation', node)"},
		"number":    {"('sep_conv_3x3', 1)", "(4, 1)", "normal: node 2: a pair must begin with an operation in quotes, got 4"},
		"group":     {"[('skip_connect', 0), ('sep_conv_3x3', 1)]", "[[('skip_connect', 0)]]", "normal: node 2 reads 1 node, but must read 2"},
		"key":       {"Genotype(normal", "{1: 2}, Genotype(normal", "a dictionary must have keys in quotes"},
		"call":      {"range(2, 3)", "sorted([2], 3)", "cannot read the call of sorted: its arguments must be named"},
		"weight":    {"('sep_conv_3x3', 1)", "('sep_conv_3x3', 1, 'heavy')", "the weight must be a number, got heavy"},
	} {
		text := strings.Replace(genotype1, c.old, c.new, 1)
		if name == "end" {
			text = strings.TrimSuffix(genotype1, ")")
		}
		_, err := darts(t, 1).Parse(text)
		assert.ErrorContains(t, err, c.message, name)
	}
}

func TestMalformedGenotypes(t *testing.T) {
	s := darts(t, 1)
	_, err := s.Parse(genotype1)
	require.NoError(t, err)
	for name, text := range malformedGenotypes {
		t.Run(name, func(t *testing.T) {
			_, err := s.Parse(text)
			require.ErrorIs(t, err, searchspace.ErrInvalid)
			assert.ErrorContains(t, err, "darts-1")
		})
	}
	_, err = searchspace.DARTS{}.Parse(genotype1)
	assert.ErrorIs(t, err, searchspace.ErrInvalid)
}

func FuzzDARTSParse(f *testing.F) {
	for _, text := range malformedGenotypes {
		f.Add(text)
	}
	for _, text := range writtenGenotypes {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := darts(t, 1)
		a, err := s.Parse(text)
		if err != nil {
			require.ErrorIs(t, err, searchspace.ErrInvalid)
			return
		}
		require.NoError(t, s.Validate(a))
		again, err := s.Parse(s.Format(a))
		require.NoError(t, err)
		require.True(t, a.Equal(again))
	})
}
