package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// ReplyReader reads the replies of a program that also writes other things to its output, as programs do whose libraries
// print. It is lenient if the meaning is certain:
//
//   - A line that is not meant as a reply is skipped: a banner, a log line, a progress bar, any JSON without one of a
//     reply's fields. So are blank lines. A carriage return ends a line too.
//   - A progress line that is malformed, such as one with the progress in percent, is skipped.
//   - An id that is an integer is read as its digits.
//   - Optional fields and metrics that are null are absent.
//   - Metrics may be NaN, Infinity and -Infinity, as Python writes them. A value may not.
//   - A cost that is less than a millisecond below zero is zero.
//
// Everything else that is meant as a reply must be valid. ReplyReader holds at most one line in memory.
type ReplyReader struct {
	lines   lines
	skipped func(line string, err error)
}

// NewReplyReader returns a ReplyReader that reads from r, which it buffers. It calls skipped, unless that is nil, with each
// line that it skips, except blank ones, and with the error of a malformed progress line, otherwise nil. Lines are valid
// UTF-8, and cut after 1,000 bytes.
func NewReplyReader(r io.Reader, skipped func(line string, err error)) *ReplyReader {
	return &ReplyReader{lines: newLines(r, "\r\n"), skipped: skipped}
}

// Read returns the next reply. At the end it returns io.EOF, or io.ErrUnexpectedEOF if the last line has no newline. If
// reading fails, it returns that error. Any other error is that of a line that is meant as a reply but malformed: it wraps
// [ErrMalformed], and also [evaluator.ErrNotFinite] if the value is not a finite number. Then the Reply has the ID of the line,
// if that can be told, and nothing else, and Read can be called again for the next line.
func (r *ReplyReader) Read() (Reply, error) {
	for {
		line, err := r.lines.next()
		long := errors.Is(err, errTooLong)
		if err != nil && !long {
			return Reply{}, err
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 && !long {
			continue
		}
		if long && isAttempt(line) {
			return Reply{}, tooLong(line)
		}
		if long {
			r.skip(line, nil)
			continue
		}
		reply, kind, err := readReply(line)
		switch {
		case kind == strayLine:
			r.skip(line, nil)
		case kind == progressLine && err != nil:
			r.skip(line, err)
		case err != nil:
			return Reply{ID: reply.ID}, fmt.Errorf("%w; the line is %s", err, excerpt(line))
		default:
			return reply, nil
		}
	}
}

// mostSkipped is how much of a skipped line is shown.
const mostSkipped = 1000

func (r *ReplyReader) skip(line []byte, err error) {
	if r.skipped != nil {
		r.skipped(strings.ToValidUTF8(string(line[:min(len(line), mostSkipped)]), "�"), err)
	}
}

// kind is what a line is meant as.
type kind int

const (
	strayLine    kind = iota // not a reply
	progressLine             // a reply that does not end its request
	finalLine                // a reply that ends its request
)

// readReply reads a line that may be a reply.
func readReply(line []byte) (Reply, kind, error) {
	text := nameNonFinite(line)
	f, err := readFields(text)
	if err != nil {
		if !isAttempt(line) {
			return Reply{}, strayLine, nil
		}
		if !json.Valid(text) {
			err = fmt.Errorf("%w: %s", err, hint(line))
		}
		return Reply{}, finalLine, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if !slices.ContainsFunc(replyFields, f.hasInAnyCase) {
		return Reply{}, strayLine, nil
	}
	meant := finalLine
	p := parser{fields: f}
	p.dropNulls()
	if p.has("progress") && !p.has("error") {
		meant = progressLine
	}
	reply := p.reply()
	if p.err != nil {
		return reply, meant, fmt.Errorf("%w: %w", ErrMalformed, p.err)
	}
	return reply, meant, nil
}

// replyFields are the fields by which an object is known to be meant as a reply, even if it is malformed.
var replyFields = []string{"id", "value", "error", "progress"}

func (f fields) hasInAnyCase(name string) bool {
	for other := range f {
		if strings.EqualFold(other, name) {
			return true
		}
	}
	return false
}

var (
	// objectField matches one of replyFields in a line that begins an object, or that holds one of its fields.
	objectField = regexp.MustCompile(`(?i)^({(.*[{,])?)?\s*["'](` + strings.Join(replyFields, "|") + `)["']\s*:`)
	idField     = regexp.MustCompile(`(?i)["']id["']\s*:`)
	finalField  = regexp.MustCompile(`(?i)["'](value|error)["']\s*:`)
)

// isAttempt reports whether a line that is not a JSON object is meant as a reply, or as a part of one.
func isAttempt(line []byte) bool {
	line = bytes.ReplaceAll(line, []byte{0}, nil) // of UTF-16
	return objectField.Match(line) || idField.Match(line) && finalField.Match(line)
}

// hint says how to write a reply, given a line that is not JSON.
func hint(line []byte) string {
	switch {
	case bytes.IndexByte(line, 0) >= 0:
		return "a reply must be in UTF-8"
	case line[0] != '{' && bytes.IndexByte(line, '{') >= 0:
		return "a reply must begin at the start of a line"
	case line[0] != '{' || !bytes.HasSuffix(line, []byte("}")):
		return "a reply must be on one line (in Python, json.dumps without indent)"
	case json.Valid(bytes.ReplaceAll(line, []byte{'\''}, []byte{'"'})):
		return "names and texts must be in double quotes (in Python, json.dumps writes them)"
	}
	return "a reply must be one JSON object on a line (in Python, json.dumps writes it)"
}
