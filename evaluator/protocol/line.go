package protocol

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MaxLine is the most bytes that a message's line has, the newline counted: as many as NATS allows in a message unless it
// is told otherwise.
const MaxLine = 1 << 20

// shown is how much of a malformed line its error shows.
const shown = 120

// Message is what lines hold: *Request and *Reply.
type Message interface {
	json.Marshaler
	json.Unmarshaler
}

// Reader reads messages from lines. It holds no more than one line in memory.
type Reader struct {
	lines *bufio.Scanner
}

// NewReader returns a Reader of r, from which it reads ahead.
func NewReader(r io.Reader) *Reader {
	s := bufio.NewScanner(r)
	s.Buffer(nil, MaxLine)
	s.Split(wholeLines)
	return &Reader{lines: s}
}

// wholeLines splits at newlines. What follows the last one is no line: its writer died over it.
func wholeLines(data []byte, atEOF bool) (advance int, line []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return 0, nil, io.ErrUnexpectedEOF
	}
	return 0, nil, nil
}

// Read reads the next line into m. At the end it returns io.EOF, or io.ErrUnexpectedEOF where the last line has no newline,
// and where reading fails the error of that. Any other error wraps ErrMalformed, or ErrVersion as Request.UnmarshalJSON
// says; a line that is too long is malformed, and nothing can be read after it.
func (r *Reader) Read(m Message) error {
	if !r.lines.Scan() {
		switch err := r.lines.Err(); {
		case err == nil:
			return io.EOF
		case errors.Is(err, bufio.ErrTooLong):
			return fmt.Errorf("%w: a line of more than %d bytes", ErrMalformed, MaxLine)
		default:
			return err
		}
	}
	line := r.lines.Bytes()
	if err := m.UnmarshalJSON(line); err != nil {
		return fmt.Errorf("line %s: %w", excerpt(line), err)
	}
	return nil
}

// excerpt quotes the beginning of a line.
func excerpt(line []byte) string {
	if len(line) <= shown {
		return fmt.Sprintf("%q", line)
	}
	return fmt.Sprintf("%q…", line[:shown])
}

// Write writes m as a line, at once. What is not valid, or longer than MaxLine, is not written at all, and the error wraps
// ErrMalformed.
func Write(w io.Writer, m Message) error {
	line, err := Line(m)
	if err != nil {
		return err
	}
	_, err = w.Write(line)
	return err
}

// Line returns m as a line, newline included. The error wraps ErrMalformed.
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
