package command

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestUnendedKeepsTheBeginningOfTheLastLine(t *testing.T) {
	for _, test := range []struct {
		writes  []string
		line    string
		written bool
	}{
		{nil, "", false},
		{[]string{"a"}, "a", true},
		{[]string{"a", "b"}, "ab", true},
		{[]string{"a\n"}, "", true},
		{[]string{"a\nb", "c"}, "bc", true},
		{[]string{"a", "b\rc"}, "c", true},
		{[]string{strings.Repeat("x", mostUnended-1), "yz", "!"}, strings.Repeat("x", mostUnended-1) + "y", true},
	} {
		var u unended
		for _, text := range test.writes {
			n, err := u.Write([]byte(text))
			require.NoError(t, err)
			require.Equal(t, len(text), n)
		}
		line, written := u.text()
		require.Equal(t, test.line, line)
		require.Equal(t, test.written, written)
	}
}

func TestTimeoutErrorsNameLikelyReasons(t *testing.T) {
	for written, want := range map[string]string{
		"":                               "late; it wrote nothing to its standard output: does it flush its replies? (in Python, print(reply, flush=True))",
		"epoch 1\n":                      "late",
		`{"id": "1", "value": 3}`:        `late; it wrote a reply without a newline: {"id": "1", "value": 3}`,
		"100%|###|":                      "late",
		`{"id": "1", "value": 3}` + "\n": "late",
	} {
		var p process
		_, _ = p.unended.Write([]byte(written))
		require.EqualError(t, p.late(errors.New("late")), want)
	}
}

func TestTailKeepsTheLastBytes(t *testing.T) {
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
