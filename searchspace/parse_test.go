package searchspace_test

import (
	"encoding/json"
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
	wiring, err := searchspace.NewRandWire(2)
	require.NoError(f, err)
	spaces := []searchspace.Space{searchspace.NASBench101{}, searchspace.NASBench201{}, enasMacro(f, 3), darts(f, 1), wiring}
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
