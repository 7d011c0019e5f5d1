package main

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The built-in list is valid, has a reference for each table that needs one, and assigns each table to a half.
func TestTheListThatComesWithTheProgram(t *testing.T) {
	entries, err := readList("tables.json")
	require.NoError(t, err)
	references, err := readReferences(referencePath("tables.json"))
	require.NoError(t, err)
	for _, e := range entries {
		assert.NotEmpty(t, e.Half, e.Name)
		r, ok := references[e.Name]
		assert.Equal(t, e.Objective+e.Surrogate != "", ok, e.Name)
		if ok {
			assert.Greater(t, r.Best, r.Median, e.Name)
			assert.Equal(t, draws, r.Draws, e.Name)
		}
	}
}

func TestListsThatAreWrong(t *testing.T) {
	for text, message := range map[string]string{
		``:                          "the list must be JSON",
		`[]`:                        "the list must be JSON",
		`{"tables": []}`:            "the list has no tables",
		`{"tables": [], "more": 1}`: `unknown field "more"`,
		`{"tables": [{"name": "a", "family": "f", "objective": "chain-20"}]} {}`:                                                                "there must be nothing after the list",
		`{"tables": [{"name": "a/b", "family": "f", "objective": "chain-20"}]}`:                                                                 "name must consist of 1 to 100 letters",
		`{"tables": [{"name": "a", "objective": "chain-20"}]}`:                                                                                  `table 1, "a": family must not be empty`,
		`{"tables": [{"name": "a", "family": "f"}]}`:                                                                                            "must have a space, a file and a value, or an objective",
		`{"tables": [{"name": "a", "family": "f", "objective": "ackley"}]}`:                                                                     `unknown objective "ackley"; there are chain-20`,
		`{"tables": [{"name": "a", "family": "f", "objective": "chain-20", "file": "b"}]}`:                                                      "must not have a space, file, value, test",
		`{"tables": [{"name": "a", "family": "f", "objective": "chain-20", "half": "left"}]}`:                                                   `got "left"`,
		`{"tables": [{"name": "a", "family": "f", "objective": "chain-20", "evals": -1}]}`:                                                      "evals and batch must not be negative",
		`{"tables": [{"name": "a", "family": "f", "objective": "chain-20", "preset": "mnist"}]}`:                                                `unknown preset "mnist"`,
		`{"tables": [{"name": "a", "family": "f", "space": "darts", "file": "b", "value": "c"}]}`:                                               `unknown space "darts"`,
		`{"tables": [{"name": "a", "family": "f", "space": "nasbench201", "file": "b", "value": "c", "surrogate": "network", "listed": true}]}`: "cannot be used together",
		`{"tables": [{"name": "a", "family": "f", "space": "nasbench201", "file": "b", "value": "c", "surrogate": "network", "test": "d"}]}`:    "predicts only the value",
		`{"tables": [{"name": "a", "family": "f", "space": "nasbench201", "file": "b", "value": "c", "surrogate": "forest"}]}`:                  `unknown surrogate "forest"; there are network, process`,
		`{"tables": [{"name": "a", "family": "f", "objective": "chain-20", "surrogate": "process"}]}`:                                           "must not have a space, file, value, test, listed or surrogate",
		`{"tables": [{"name": "a", "family": "f", "objective": "chain-20"}, {"name": "a", "family": "f", "objective": "chain-20"}]}`:            `two tables are named "a"`,
	} {
		_, err := parseList([]byte(text))
		assert.ErrorContains(t, err, message, text)
	}
	_, err := readList("nowhere.json")
	assert.ErrorIs(t, err, os.ErrNotExist)
}

func TestWhichTablesAreChosen(t *testing.T) {
	entries := []entry{{Name: "a", Half: "choose"}, {Name: "b", Half: "report"}, {Name: "c"}}
	for _, c := range []struct{ only, half, chosen string }{
		{"", "", "abc"}, {"c,a", "", "ac"}, {"", "choose", "a"}, {"", "report", "b"}, {"a,b", "report", "b"},
	} {
		chosen, err := choose(entries, c.only, c.half)
		require.NoError(t, err)
		names := ""
		for _, e := range chosen {
			names += e.Name
		}
		assert.Equal(t, c.chosen, names, "%+v", c)
	}
	for _, c := range []struct{ only, half, message string }{
		{"d", "", `no table "d"`}, {"", "left", `got "left"`}, {"c", "report", "select no table"},
	} {
		_, err := choose(entries, c.only, c.half)
		assert.ErrorContains(t, err, c.message)
	}
}

// What is parsed is valid, and stays the same if it is written and read again.
func FuzzParseList(f *testing.F) {
	text, err := os.ReadFile("tables.json")
	require.NoError(f, err)
	f.Add(text)
	f.Add([]byte(`{"tables": [{"name": "a", "family": "f", "objective": "chain-20", "evals": 7}]}`))
	f.Add([]byte(`{"tables": [{"name": "a", "family": "f", "space": "nasbench101", "listed": true, "file": "b", "value": "c"}]}`))
	f.Add([]byte(`{"tables": [{"name": "a", "family": "f", "space": "nasbench101", "surrogate": "process", "file": "b", "value": "c"}]}`))
	f.Add([]byte(`{"tables": null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		entries, err := parseList(text)
		if err != nil {
			return
		}
		require.NotEmpty(t, entries)
		written, err := json.Marshal(map[string]any{"tables": entries})
		require.NoError(t, err)
		again, err := parseList(written)
		require.NoError(t, err)
		require.Equal(t, entries, again)
	})
}
