package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Finished searches of another space, or of another file of the same name, are not taken for these.
func TestSearchesOfOtherFilesRunAgain(t *testing.T) {
	o, figures := small(t), smallTrade(t).figures
	text, err := os.ReadFile(o.table)
	require.NoError(t, err)
	other := filepath.Join(t.TempDir(), filepath.Base(o.table))
	require.NoError(t, os.WriteFile(other, bytes.Replace(text, []byte("valid,test"), []byte("test,valid"), 1), 0o666))
	same := filepath.Join(t.TempDir(), filepath.Base(o.table))
	require.NoError(t, os.WriteFile(same, text, 0o666))

	o.times, o.figures = o.table, figures
	identify := func(o options) [2]any {
		several := trade{options: o}
		one, err := settingOf(o)
		require.NoError(t, err)
		text, err := several.settingText()
		require.NoError(t, err)
		return [2]any{one, text}
	}
	for name, test := range map[string]struct {
		change func(o *options)
		differ [2]bool // with one objective, with several
	}{
		"the same file elsewhere": {func(o *options) { o.table, o.times = same, same }, [2]bool{false, false}},
		"table":                   {func(o *options) { o.table = other }, [2]bool{true, true}},
		"times":                   {func(o *options) { o.times = other }, [2]bool{true, false}},
		"figures":                 {func(o *options) { o.figures = other }, [2]bool{false, true}},
		"space":                   {func(o *options) { o.space = "nasbench101" }, [2]bool{true, true}},
	} {
		changed := o
		test.change(&changed)
		for i, differ := range test.differ {
			assert.Equal(t, differ, identify(o)[i] != identify(changed)[i], "%s, %d", name, i)
		}
	}

	o.times, o.figures, o.methods = "", "", "random"
	for _, r := range runsOf(t, o) {
		assert.Equal(t, 2*r.Valid, r.Test)
	}
	o.table = other
	for _, r := range runsOf(t, o) {
		assert.Equal(t, r.Valid, 2*r.Test)
	}
}
