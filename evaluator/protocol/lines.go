package protocol

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// errTooLong is the error of a line of more than MaxLine bytes.
var errTooLong = errors.New("line too long")

// lines splits a stream into lines. It holds at most one line in memory.
type lines struct {
	in   *bufio.Reader
	ends string // each of these bytes ends a line

	begun   bool   // whether the first bytes have been read
	line    []byte // the line being read
	skipped bool   // whether to skip the rest of the line, because it is too long
}

func newLines(r io.Reader, ends string) lines { return lines{in: bufio.NewReader(r), ends: ends} }

// next returns the next line without its end. The line is valid until the next call. A byte order mark at the beginning of the
// stream is skipped. If a line is too long, next returns errTooLong and the beginning of the line as soon as the limit is
// reached; the next call skips the rest of the line. If the stream ends within a line, next returns io.ErrUnexpectedEOF.
func (l *lines) next() ([]byte, error) {
	if !l.begun {
		l.begun = true
		if start, _ := l.in.Peek(len(byteOrderMark)); string(start) == byteOrderMark {
			_, _ = l.in.Discard(len(byteOrderMark))
		}
	}
	l.line = l.line[:0]
	for {
		part, ended, err := l.part()
		switch {
		case errors.Is(err, io.EOF) && (len(l.line) > 0 || l.skipped):
			return nil, io.ErrUnexpectedEOF
		case err != nil:
			return nil, err
		case l.skipped:
			l.skipped = !ended
			continue
		}
		part = part[:min(len(part), MaxLine-len(l.line))]
		if n := len(l.line) + len(part); n > cap(l.line) {
			l.line = append(make([]byte, 0, min(2*n, MaxLine)), l.line...)
		}
		l.line = append(l.line, part...)
		if len(l.line) >= MaxLine { // no room for the end of the line
			l.skipped = !ended
			return l.line, errTooLong
		}
		if ended {
			return l.line, nil
		}
	}
}

const byteOrderMark = "\xef\xbb\xbf"

// part consumes the buffered part of the current line, and reports whether it reached the end of the line.
func (l *lines) part() (part []byte, ended bool, err error) {
	if _, err := l.in.Peek(1); err != nil {
		return nil, false, err
	}
	part, _ = l.in.Peek(l.in.Buffered())
	n := len(part)
	if i := bytes.IndexAny(part, l.ends); i >= 0 {
		part, n, ended = part[:i], i+1, true
	}
	_, _ = l.in.Discard(n) // part stays valid until the next read
	return part, ended, nil
}
