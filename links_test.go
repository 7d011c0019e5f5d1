package graphpnas_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const modulePath = "github.com/graphpnas/graphpnas"

var (
	link      = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	namedTest = regexp.MustCompile("`([a-z0-9/]+)\\.(Test\\w+)`")
)

// TestLinks follows every link in Markdown files that leads to a file, to a heading or to a package of this module.
func TestLinks(t *testing.T) {
	all := pages(t)
	anchors := map[string]map[string]bool{}
	for _, p := range all {
		anchors[p.path] = p.anchors()
	}
	links := 0
	for _, p := range all {
		for _, m := range link.FindAllStringSubmatch(p.prose, -1) {
			links++
			if rest, ours := strings.CutPrefix(m[1], "https://pkg.go.dev/"+modulePath); ours {
				dir, _, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "#")
				checkExists(t, p, path.Clean(strings.TrimSuffix(dir, ".svg")))
				continue
			}
			if strings.Contains(m[1], "://") {
				continue
			}
			file, anchor, _ := strings.Cut(m[1], "#")
			to := p.path
			if file != "" {
				to = path.Join(path.Dir(p.path), file)
				checkExists(t, p, to)
			}
			if anchor != "" {
				assert.True(t, anchors[to][anchor], "%s links to %s, but %s has no such heading", p.path, m[1], to)
			}
		}
	}
	assert.Greater(t, links, 50)
}

func checkExists(t *testing.T, p page, file string) {
	t.Helper()
	_, err := os.Stat(filepath.FromSlash(file))
	assert.NoError(t, err, "%s links to a file that does not exist", p.path)
}

// TestNamedTestsExist checks that the tests exist that documents name as package.TestName.
func TestNamedTestsExist(t *testing.T) {
	names := 0
	for _, p := range pages(t) {
		for _, m := range namedTest.FindAllStringSubmatch(p.prose, -1) {
			names++
			assert.Contains(t, testFunctions(t, m[1]), m[2], "%s names a test of package %s", p.path, m[1])
		}
	}
	assert.Greater(t, names, 15)
}

var testFunction = regexp.MustCompile(`(?m)^func ((?:Test|Benchmark|Fuzz|Example)\w*)\(`)

// testFunctions returns the names of the tests, benchmarks, fuzz targets and examples in a directory.
func testFunctions(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(filepath.FromSlash(dir), "*_test.go"))
	require.NoError(t, err)
	var names []string
	for _, file := range files {
		for _, m := range testFunction.FindAllStringSubmatch(read(t, file), -1) {
			names = append(names, m[1])
		}
	}
	return names
}

// TestTheREADMEIsShort keeps the first page to what a newcomer needs.
func TestTheREADMEIsShort(t *testing.T) {
	assert.LessOrEqual(t, strings.Count(read(t, "README.md"), "\n"), 150, "lines")
}
