package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// MaxLine is the maximum length of a line in bytes, including the newline. It is the default message limit of NATS.
const MaxLine = 1 << 20

// shown is the number of bytes of a malformed line that its error includes.
const shown = 120

// Message is the content of a line: a *Request or a *Reply.
type Message interface {
	json.Marshaler
	json.Unmarshaler
}

// Reader reads messages, one per line. It accepts only valid messages, but skips blank lines and a byte order mark at the
// beginning. It holds at most one line in memory. [ReplyReader] is more lenient.
type Reader struct {
	lines lines
}

// NewReader returns a Reader that reads from r through a buffer.
func NewReader(r io.Reader) *Reader { return &Reader{newLines(r, "\n")} }

// Read reads the next message into m. At the end of the input it returns io.EOF, or io.ErrUnexpectedEOF if the last line has no
// newline. If reading fails, it returns the reader's error. Any other error wraps [ErrMalformed], or [ErrVersion] for a request
// of another version; Read can then be called again for the next line.
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

// tooLong returns the error of a line that is too long and begins with the given bytes.
func tooLong(line []byte) error {
	return fmt.Errorf("%w: a line has more than %d bytes; it begins with %s", ErrMalformed, MaxLine, excerpt(line))
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

// Write writes m as a line in one call of w.Write. If m is invalid or its line is longer than MaxLine, Write writes nothing and
// returns an error that wraps [ErrMalformed].
func Write(w io.Writer, m Message) error {
	line, err := Line(m)
	if err != nil {
		return err
	}
	_, err = w.Write(line)
	return err
}

// Line returns m as a line, including the newline. It returns an error that wraps [ErrMalformed] if m is invalid or its line is
// longer than MaxLine.
func Line(m Message) ([]byte, error) {
	line, err := m.MarshalJSON()
	if err != nil {
		return nil, err
	}
	if len(line) >= MaxLine {
		return nil, fmt.Errorf("%w: a line has more than %d bytes", ErrMalformed, MaxLine)
	}
	return append(line, '\n'), nil
}
