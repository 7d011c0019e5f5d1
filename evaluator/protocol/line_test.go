package protocol_test

import (
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

// replyOfLength returns a line of n bytes.
func replyOfLength(n int) string {
	const before, after = `{"id":"1","error":"`, "\"}\n"
	return before + strings.Repeat("x", n-len(before)-len(after)) + after
}

func TestLongestLine(t *testing.T) {
	var r protocol.Reply
	longest := replyOfLength(protocol.MaxLine)
	require.NoError(t, protocol.NewReader(strings.NewReader(longest)).Read(&r))
	line, err := protocol.Line(&r)
	require.NoError(t, err)
	assert.Equal(t, longest, string(line))

	err = protocol.NewReader(strings.NewReader(replyOfLength(protocol.MaxLine + 1))).Read(&r)
	assert.ErrorIs(t, err, protocol.ErrMalformed)
	r.Failure.Message += "x"
	_, err = protocol.Line(&r)
	assert.ErrorIs(t, err, protocol.ErrMalformed)
}

// endless is a Reader of an infinite line.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestEndlessLineUsesBoundedMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	line := &endless{}
	assert.ErrorIs(t, protocol.NewReader(line).Read(&protocol.Reply{}), protocol.ErrMalformed)
	runtime.ReadMemStats(&after)
	assert.LessOrEqual(t, line.read, protocol.MaxLine)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4*protocol.MaxLine))
}

func TestEndOfInput(t *testing.T) {
	const line = `{"id":"1","progress":0}` + "\n"
	for name, end := range map[string]struct {
		input io.Reader
		want  error
	}{
		"end":          {strings.NewReader(line), io.EOF},
		"no newline":   {strings.NewReader(line + `{"id":"1","progress":1}`), io.ErrUnexpectedEOF},
		"broken pipe":  {io.MultiReader(strings.NewReader(line), iotest.ErrReader(io.ErrClosedPipe)), io.ErrClosedPipe},
		"byte by byte": {iotest.OneByteReader(strings.NewReader(line)), io.EOF},
		"blank lines":  {strings.NewReader("\n \r\n" + line + "\n\t\n"), io.EOF},
		"byte order":   {strings.NewReader("\ufeff" + line), io.EOF},
	} {
		t.Run(name, func(t *testing.T) {
			reader := protocol.NewReader(end.input)
			require.NoError(t, reader.Read(&protocol.Reply{}))
			assert.ErrorIs(t, reader.Read(&protocol.Reply{}), end.want)
		})
	}
}

func TestLineThatIsTooLongIsSkipped(t *testing.T) {
	text := replyOfLength(3*protocol.MaxLine) + `{"id":"1","value":2}` + "\n"
	for name, input := range map[string]io.Reader{
		"at once": strings.NewReader(text), "in pieces": iotest.HalfReader(strings.NewReader(text)),
	} {
		reader := protocol.NewReader(input)
		var r protocol.Reply
		require.ErrorIs(t, reader.Read(&r), protocol.ErrMalformed, name)
		require.NoError(t, reader.Read(&r), name)
		assert.Equal(t, protocol.Reply{ID: "1", Result: &evaluator.Result{Value: 2}}, r, name)
		assert.Equal(t, io.EOF, reader.Read(&r), name)
	}
	unended := protocol.NewReader(strings.NewReader(strings.Repeat("x", protocol.MaxLine)))
	require.ErrorIs(t, unended.Read(&protocol.Reply{}), protocol.ErrMalformed)
	require.ErrorIs(t, unended.Read(&protocol.Reply{}), io.ErrUnexpectedEOF)
}

func TestMalformedLineIsShownAndSkipped(t *testing.T) {
	reader := protocol.NewReader(strings.NewReader("loss: NaN" + strings.Repeat("!", 1000) + "\n" + `{"id":"1","value":2}` + "\n"))
	var r protocol.Reply
	err := reader.Read(&r)
	assert.ErrorContains(t, err, "loss: NaN!!!")
	assert.Less(t, len(err.Error()), 400)
	require.NoError(t, reader.Read(&r))
	assert.Equal(t, protocol.Reply{ID: "1", Result: &evaluator.Result{Value: 2}}, r)
}
