package progress_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/graphpnas/graphpnas/internal/progress"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func below(w io.Writer) error {
	_, err := fmt.Fprintln(w, "below")
	return err
}

func use(d *progress.Display) {
	kept := d.Bar(progress.Options{Name: "kept", Total: 10, Unit: "pieces", Times: true, Below: below})
	passing := d.Bar(progress.Options{Total: 10, Transient: true})
	var lines sync.WaitGroup
	for i := range 10 {
		lines.Go(func() {
			fmt.Fprintf(d, "line %d\n", i)
			kept.Add(1)
			passing.Set(i + 1)
		})
	}
	lines.Wait()
	passing.End()
	passing.End()
	d.Bar(progress.Options{Total: 10}) // cut short by Close
	d.Close()
}

func TestNothingButLinesWithoutATerminal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lines")
	file, err := os.Create(path)
	require.NoError(t, err)
	d := progress.New(file)
	assert.False(t, d.Draws())
	use(d)
	require.NoError(t, file.Close())
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, 10, strings.Count(string(text), "\n"))
	for i := range 10 {
		assert.Contains(t, string(text), fmt.Sprintf("line %d\n", i))
	}
}
