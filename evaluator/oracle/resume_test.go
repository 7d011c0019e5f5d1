package oracle

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzReadResume checks that readResume only accepts texts that String writes, and decodes them correctly.
func FuzzReadResume(f *testing.F) {
	for _, text := range []string{"", "4/1000", "4/1000/2000", "4/-1", "40/1", "x/1", "4/x", "0/1"} {
		f.Add(text, 1)
		f.Add(text, 2)
	}
	f.Fuzz(func(t *testing.T, text string, seeds int) {
		r := readResume(text, 12, seeds)
		if r.epochs == 0 {
			require.Empty(t, r.elapsed)
			return
		}
		require.Less(t, r.epochs, 12)
		require.Len(t, r.elapsed, seeds)
		require.Equal(t, r, readResume(r.String(), 12, seeds))
	})
}
