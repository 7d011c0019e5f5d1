//go:build unix

package embedded_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/graphpnas/graphpnas/evaluator/jetstream/embedded"
)

func TestTwoServersCannotShareADirectory(t *testing.T) {
	dir := t.TempDir()
	s := start(t, embedded.Config{Dir: dir})
	_, err := embedded.Start(embedded.Config{Dir: dir})
	assert.ErrorContains(t, err, "another server uses the directory "+dir)
	s.Close()
	start(t, embedded.Config{Dir: dir})
}
