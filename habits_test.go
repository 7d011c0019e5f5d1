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
)

// habits are turns of phrase that a native engineer would not write, with what to write.
var habits = []struct{ pattern, instead string }{
	{`(?i)\btells? whether\b`, "reports whether"},
	{`(?i)\bfor ever\b`, "no limit; forever"},
	{`(?i)\bno members?\b`, "not in the space; invalid"},
	{`(?i)\b(what|that|which|who) (is|are) no ([^l]|l[^o])`, "that is not a; invalid"},
	{`(?i)\bdear(er|est)?\b`, "expensive"},
	{`(?i)\b(who|whoever) (waits|meets|asks)\b`, "name the caller"},
	{`(?i)\bso many\b`, "that many; the number"},
	{`(?i)\bso (long|much) as\b`, "while; as much as"},
	{`(?i)\bhas it evaluated\b`, "evaluates it"},
	{`(?i)\bsorts? out\b`, "filters"},
	{`(?i)\bstand(s|ing)? for\b`, "represents; means; replaces"},
	{`(?i)\bwith everything else about\b`, "say what else"},
	{`(?i)\bnobody does\b`, "say what does not happen"},
	{`(?i)\bif there are none, none\b`, "say what happens"},
}

// TestHabits finds turns of phrase in Go and Markdown files that are hard to read.
func TestHabits(t *testing.T) {
	var patterns []*regexp.Regexp
	for _, h := range habits {
		patterns = append(patterns, regexp.MustCompile(h.pattern))
	}
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
		for i, p := range patterns {
			for _, at := range p.FindAllStringIndex(text, -1) {
				assert.Fail(t, "hard to read", "%s:%d: %q: write %q", name, 1+strings.Count(text[:at[0]], "\n"), text[at[0]:at[1]], habits[i].instead)
			}
		}
		return nil
	}))
	assert.Greater(t, files, 500)
}
