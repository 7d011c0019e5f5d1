package graphpnas_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestLicensesAreListed checks that docs/dependencies.md has the license of every module in go.mod.
func TestLicensesAreListed(t *testing.T) {
	modules := regexp.MustCompile(`(?m)^\s+([a-z][^\s]+) v`).FindAllStringSubmatch(read(t, "go.mod"), -1)
	require.Greater(t, len(modules), 50)
	for _, m := range modules {
		listed := regexp.MustCompile(`(?m)^\| [^|]+ \| (.*, )?` + regexp.QuoteMeta(m[1]) + `(,| \|)`)
		assert.Regexp(t, listed, read(t, "docs/dependencies.md"))
	}
}
