// Package tooltest helps to test tools that are stopped.
package tooltest

import (
	"bytes"
	"context"
	"io"
	"testing"
)

// Interrupt runs a tool and cancels its context when it writes a line that contains a text. It returns the output, and
// the tool's error.
func Interrupt(t testing.TB, text string, run func(ctx context.Context, out io.Writer) error) (string, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &output{text: []byte(text), found: cancel}
	err := run(ctx, out)
	return out.String(), err
}

// output keeps what is written, and calls found if it contains a text.
type output struct {
	bytes.Buffer
	text  []byte
	found func()
}

func (o *output) Write(line []byte) (int, error) {
	if bytes.Contains(line, o.text) {
		o.found()
	}
	return o.Buffer.Write(line)
}
