package graphpnas_test

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"os"
)

// page is a Markdown file.
type page struct {
	path   string // from the root of the module, with slashes
	prose  string // the text without code blocks
	blocks []block
}

// block is a fenced code block.
type block struct {
	language string
	line     int // of the fence
	text     string
}

// pages reads all Markdown files of the module.
func pages(t *testing.T) []page {
	t.Helper()
	var all []page
	require.NoError(t, fs.WalkDir(os.DirFS("."), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (path.Base(name) == "testdata" || path.Base(name) == ".git") {
			return fs.SkipDir
		}
		if path.Ext(name) == ".md" {
			all = append(all, parsePage(name, read(t, name)))
		}
		return nil
	}))
	require.Greater(t, len(all), 15)
	return all
}

var fence = regexp.MustCompile("^```(\\w*)$")

// parsePage separates the code blocks of a page from its prose.
func parsePage(name, text string) page {
	p, open := page{path: name}, false
	var prose strings.Builder
	for i, line := range strings.SplitAfter(text, "\n") {
		switch m := fence.FindStringSubmatch(strings.TrimSpace(line)); {
		case m != nil && !open:
			p.blocks, open = append(p.blocks, block{language: m[1], line: i + 1}), true
		case m != nil:
			open = false
		case open:
			p.blocks[len(p.blocks)-1].text += line
		default:
			prose.WriteString(line)
		}
	}
	p.prose = prose.String()
	return p
}

var (
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	target  = regexp.MustCompile(`\]\([^)]*\)`)
)

// anchors returns the anchors of a page's headings, as GitHub makes them.
func (p page) anchors() map[string]bool {
	all := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(p.prose, -1) {
		text := strings.ToLower(target.ReplaceAllString(m[1], "]"))
		all[strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return r
			}
			return -1
		}, text)] = true
	}
	return all
}
