package graphpnas_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/race"
)

// habits are turns of phrase that a native engineer would not write, with what to write.
var habits = []struct{ pattern, instead string }{
	{`\btells? whether\b`, "reports whether"},
	{`\bfor ever\b`, "no limit; forever"},
	{`\bno members?\b`, "not in the space; invalid"},
	{`\b(what|that|which|who) (is|are) no ([^l]|l[^o])`, "that is not a; invalid"},
	{`\bdear(er|est)?\b`, "expensive"},
	{`\b(who|whoever) (waits|meets|asks)\b`, "name the caller"},
	{`\bso many\b`, "that many; the number"},
	{`\bso (long|much) as\b`, "while; as much as"},
	{`\bhas it evaluated\b`, "evaluates it"},
	{`\bsorts? out\b`, "filters"},
	{`\bstand(s|ing)? for\b`, "represents; means; replaces"},
	{`\bwith everything else about\b`, "say what else"},
	{`\bnobody does\b`, "say what does not happen"},
	{`\bif there are none, none\b`, "say what happens"},
}

// TestHabits finds turns of phrase in Go and Markdown files that are hard to read.
func TestHabits(t *testing.T) {
	if race.Enabled {
		t.Skip("it reads text, slowly with the detector")
	}
	var patterns []string
	for _, h := range habits {
		patterns = append(patterns, h.pattern)
	}
	habit := regexp.MustCompile(`(?i)` + strings.Join(patterns, "|"))
	files := 0
	require.NoError(t, fs.WalkDir(os.DirFS("."), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (path.Base(name) == "testdata" || path.Base(name) == ".git") {
			return fs.SkipDir
		}
		if ext := path.Ext(name); ext != ".go" && ext != ".md" || name == "habits_test.go" {
			return nil
		}
		files++
		text := read(t, name)
		for _, at := range habit.FindAllStringIndex(text, -1) {
			phrase := text[at[0]:at[1]]
			for _, h := range habits {
				if regexp.MustCompile(`(?i)` + h.pattern).MatchString(phrase) {
					assert.Fail(t, "hard to read", "%s:%d: %q: write %q", name, 1+strings.Count(text[:at[0]], "\n"), phrase, h.instead)
				}
			}
		}
		return nil
	}))
	assert.Greater(t, files, 500)
}
