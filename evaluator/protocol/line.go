package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// MaxLine is the maximum length of a message's line in bytes, including the newline. NATS accepts messages of this size
// by default.
const MaxLine = 1 << 20

// shown is how much of a malformed line its error shows.
const shown = 120

// Message is what a line holds: a *Request or a *Reply.
type Message interface {
	json.Marshaler
	json.Unmarshaler
}

// Reader reads messages from lines and accepts only what the protocol allows, apart from blank lines, which it skips, and
// a byte order mark at the beginning. It holds at most one line in memory. [ReplyReader] is more lenient.
type Reader struct {
	lines lines
}

// NewReader returns a Reader that reads from r, which it buffers.
func NewReader(r io.Reader) *Reader { return &Reader{newLines(r, "\n")} }

// Read reads the next message into m. At the end it returns io.EOF, or io.ErrUnexpectedEOF if the last line has no
// newline. If reading fails, it returns that error. Any other error wraps [ErrMalformed], or [ErrVersion] as
// Request.UnmarshalJSON describes, and Read can be called again for the next line.
func (r *Reader) Read(m Message) error {
	for {
		line, err := r.lines.next()
		switch {
		case errors.Is(err, errTooLong):
			return tooLong(line)
		case err != nil:
			return err
		case len(bytes.TrimSpace(line)) == 0:
			continue
		}
		if err := m.UnmarshalJSON(line); err != nil {
			return fmt.Errorf("%w; the line is %s", err, excerpt(line))
		}
		return nil
	}
}

// tooLong returns the error of a line that begins with the given bytes.
func tooLong(line []byte) error {
	return fmt.Errorf("%w: a line of more than %d bytes; it begins %s", ErrMalformed, MaxLine, excerpt(line))
}

// excerpt quotes the beginning of a line.
func excerpt(line []byte) string {
	text := string(line[:min(len(line), shown)])
	if strconv.CanBackquote(text) {
		text = "`" + text + "`"
	} else {
		text = strconv.Quote(text)
	}
	if len(line) > shown {
		text += "…"
	}
	return text
}

// Write writes m as a line with one call of w.Write. If m is not valid or longer than MaxLine, nothing is written and the
// error wraps [ErrMalformed].
func Write(w io.Writer, m Message) error {
	line, err := Line(m)
	if err != nil {
		return err
	}
	_, err = w.Write(line)
	return err
}

// Line returns m as a line, including the newline. The error wraps [ErrMalformed].
func Line(m Message) ([]byte, error) {
	line, err := m.MarshalJSON()
	if err != nil {
		return nil, err
	}
	if len(line) >= MaxLine {
		return nil, fmt.Errorf("%w: a line of more than %d bytes", ErrMalformed, MaxLine)
	}
	return append(line, '\n'), nil
}
