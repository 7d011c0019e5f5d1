package program

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAFileIsWrittenWholeOrNotAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	text := func(text string, err error) func(io.Writer) error {
		return func(w io.Writer) error {
			_, wrong := io.WriteString(w, text)
			return errors.Join(wrong, err)
		}
	}
	require.NoError(t, WriteFile(path, text("first", nil)))
	require.NoError(t, WriteFile(path, text("second", nil)))
	broken := errors.New("broken")
	require.ErrorIs(t, WriteFile(path, text("thi", broken)), broken)
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "second", string(got))
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, entries, 1, "no temporary file stays")
	assert.Error(t, WriteFile(filepath.Join(path, "below"), text("", nil)), "a file is not a directory")
}
