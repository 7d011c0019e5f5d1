package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// writeTable makes a table of all cells, scored by a formula.
func writeTable(t *testing.T) string {
	var text strings.Builder
	text.WriteString("flops,arch,valid,test\n")
	for a := range space.All() {
		convs := strings.Count(space.Format(a), "nor_conv_3x3")
		fmt.Fprintf(&text, "1,%s,%d,%d\n", space.Format(a), convs, 2*convs)
	}
	path := filepath.Join(t.TempDir(), "table.csv")
	require.NoError(t, os.WriteFile(path, []byte(text.String()), 0o666))
	return path
}

func lines(t *testing.T, text string) []map[string]any {
	var all []map[string]any
	for line := range strings.Lines(text) {
		var fields map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &fields), line)
		all = append(all, fields)
	}
	return all
}

func TestSearchPrintsALineASeedAndKeepsItsFiles(t *testing.T) {
	o := options{
		table: writeTable(t), valid: "valid", test: "test", preset: "imagenet16", form: "causal",
		evals: 12, seed: 5, seeds: 2, json: true, out: t.TempDir(),
	}
	var stdout bytes.Buffer
	require.NoError(t, run(context.Background(), o, &stdout, os.Stderr))
	all := lines(t, stdout.String())
	require.Len(t, all, 3)
	for i, line := range all[:2] {
		assert.EqualValues(t, 5+i, line["seed"])
		assert.EqualValues(t, 12, line["evals"])
		assert.EqualValues(t, 0, line["failed"])
		assert.Equal(t, 2*line["valid"].(float64), line["test"])
		cell, err := space.Parse(line["arch"].(string))
		require.NoError(t, err)
		assert.NoError(t, space.Validate(cell))

		dir := o.folder(uint64(5 + i))
		text, err := os.ReadFile(filepath.Join(dir, "best.json"))
		require.NoError(t, err)
		var saved searchspace.Arch
		require.NoError(t, json.Unmarshal(text, &saved))
		assert.True(t, cell.Equal(saved))
		history, err := os.ReadFile(filepath.Join(dir, "history.csv"))
		require.NoError(t, err)
		assert.Equal(t, 13, bytes.Count(history, []byte("\n")), "a header and a row an evaluation")
		drawing, err := os.ReadFile(filepath.Join(dir, "best.dot"))
		require.NoError(t, err)
		assert.Contains(t, string(drawing), "digraph")
	}
	assert.Equal(t, true, all[2]["summary"])
	assert.EqualValues(t, 0, all[2]["failed"])
	assert.InDelta(t, (all[0]["valid"].(float64)+all[1]["valid"].(float64))/2, all[2]["mean_valid"], 1e-9)

	stdout.Reset()
	o.sample = 7
	require.NoError(t, run(context.Background(), o, &stdout, os.Stderr))
	for _, line := range lines(t, stdout.String()) {
		_, err := space.Parse(line["arch"].(string))
		assert.NoError(t, err)
		assert.LessOrEqual(t, line["log_prob"], 0.0)
	}
	assert.Equal(t, 7, strings.Count(stdout.String(), "\n"))
}

// A table of one cell in five has four evaluations in five fail.
func TestFailuresAreReported(t *testing.T) {
	whole := writeTable(t)
	text, err := os.ReadFile(whole)
	require.NoError(t, err)
	var some strings.Builder
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if i%5 == 0 { // the header is line 0
			some.WriteString(line + "\n")
		}
	}
	path := filepath.Join(t.TempDir(), "some.csv")
	require.NoError(t, os.WriteFile(path, []byte(some.String()), 0o666))
	o := options{table: path, valid: "valid", preset: "cifar10", form: "paper", evals: 25, seed: 1, seeds: 2}
	var stdout bytes.Buffer
	require.NoError(t, run(context.Background(), o, &stdout, os.Stderr))
	printed := strings.Split(strings.TrimSpace(stdout.String()), "\n")
	require.Len(t, printed, 4)
	assert.Regexp(t, `after 25 evaluations \([1-9]\d* failed\) in`, printed[0])
	assert.Regexp(t, `^[1-9]\d* of 50 evaluations failed; the first error: .*not recorded`, printed[3])

	o.json = true
	stdout.Reset()
	require.NoError(t, run(context.Background(), o, &stdout, os.Stderr))
	all := lines(t, stdout.String())
	require.Len(t, all, 3)
	assert.Positive(t, all[0]["failed"])
	assert.Equal(t, all[0]["failed"].(float64)+all[1]["failed"].(float64), all[2]["failed"])
	assert.Contains(t, all[2]["first_error"], "not recorded")
}

func TestBadFlagsAreErrors(t *testing.T) {
	table := writeTable(t)
	good := options{table: table, valid: "valid", preset: "cifar10", form: "paper", evals: 10, seeds: 1}
	for name, change := range map[string]func(*options){
		"no table":       func(o *options) { o.table = "" },
		"missing table":  func(o *options) { o.table += ".gz" },
		"unknown column": func(o *options) { o.valid = "accuracy" },
		"unknown preset": func(o *options) { o.preset = "mnist" },
		"unknown form":   func(o *options) { o.form = "none" },
		"no seeds":       func(o *options) { o.seeds = 0 },
		"nothing to load": func(o *options) {
			o.sample, o.out = 3, t.TempDir()
		},
	} {
		o := good
		change(&o)
		var stdout bytes.Buffer
		assert.Error(t, run(context.Background(), o, &stdout, os.Stderr), name)
		assert.Empty(t, stdout.String(), name)
	}
}

func TestEveryPresetSearches(t *testing.T) {
	o := options{table: writeTable(t), valid: "valid", form: "paper", evals: 22, seed: 1, seeds: 1, json: true}
	for _, preset := range tool.Names(presets) {
		o.preset = preset
		var stdout bytes.Buffer
		require.NoError(t, run(context.Background(), o, &stdout, os.Stderr), preset)
		assert.EqualValues(t, 22, lines(t, stdout.String())[0]["evals"], preset)
	}
}

func TestTheLibrarysOwnTable(t *testing.T) {
	o := options{table: "digits201", valid: "valid", test: "test", preset: "cifar10", form: "paper", evals: 5, seed: 1, seeds: 1, json: true}
	var stdout bytes.Buffer
	require.NoError(t, run(context.Background(), o, &stdout, os.Stderr))
	found := lines(t, stdout.String())[0]
	assert.Greater(t, found["valid"], 50.0)
	assert.NotEqual(t, found["valid"], found["test"])
}
