package command

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTailIsTheEndOfAllThatWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []byte
		var end tail
		for _, n := range rapid.SliceOf(rapid.IntRange(0, 3*mostTail)).Draw(t, "lengths") {
			p := bytes.Repeat([]byte{byte('a' + len(all)%26)}, n)
			wrote, err := end.Write(p)
			require.NoError(t, err)
			require.Equal(t, n, wrote)
			all = append(all, p...)
			require.Equal(t, string(all[max(0, len(all)-mostTail):]), end.text())
		}
	})
}
