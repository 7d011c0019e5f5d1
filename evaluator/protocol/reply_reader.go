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

// ReplyReader reads the replies of a program that may also print other lines, such as the output of its libraries. It tolerates
// deviations whose meaning is clear:
//
//   - A line that is not meant as a reply is skipped: a banner, a log line, a progress bar, any JSON without one of a
//     reply's fields. Blank lines are skipped too. A carriage return also ends a line.
//   - A malformed progress line is skipped, for example if the progress is in percent.
//   - An integer id is read as a string of its digits.
//   - Optional fields and metrics that are null count as absent.
//   - Metrics may be NaN, Infinity and -Infinity, as Python writes them. Values may not.
//   - A cost less than a millisecond below zero is read as zero.
//
// Otherwise, a line that is meant as a reply must be valid. ReplyReader holds at most one line in memory.
type ReplyReader struct {
	lines   lines
	skipped func(line string, err error)
}

// NewReplyReader returns a ReplyReader that reads from r through a buffer. If skipped is not nil, it is called with each line that
// is skipped, except blank ones. The error is that of a malformed progress line, and nil for other lines. Lines passed to
// skipped are valid UTF-8 and cut after 1,000 bytes.
func NewReplyReader(r io.Reader, skipped func(line string, err error)) *ReplyReader {
	return &ReplyReader{lines: newLines(r, "\r\n"), skipped: skipped}
}

// Read returns the next reply. At the end of the input it returns io.EOF, or io.ErrUnexpectedEOF if the last line has no newline.
// If reading fails, it returns the reader's error.
//
// Any other error is about a malformed reply. It wraps [ErrMalformed], and also [evaluator.ErrNotFinite] if the value is NaN or
// infinite. The returned Reply then contains only the ID, if it could be read. Read can be called again for the next line.
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

// mostSkipped is the number of bytes of a skipped line that are reported.
const mostSkipped = 1000

func (r *ReplyReader) skip(line []byte, err error) {
	if r.skipped != nil {
		r.skipped(strings.ToValidUTF8(string(line[:min(len(line), mostSkipped)]), "�"), err)
	}
}

// kind is the intended meaning of a line.
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

// replyFields are the fields that identify an object as a reply, even if it is malformed.
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
	// objectField matches one of replyFields in a line that begins an object or contains one of its fields.
	objectField = regexp.MustCompile(`(?i)^({(.*[{,])?)?\s*["'](` + strings.Join(replyFields, "|") + `)["']\s*:`)
	idField     = regexp.MustCompile(`(?i)["']id["']\s*:`)
	finalField  = regexp.MustCompile(`(?i)["'](value|error)["']\s*:`)
)

// isAttempt reports whether a line that is not a JSON object seems to be meant as a reply or as part of one.
func isAttempt(line []byte) bool {
	line = bytes.ReplaceAll(line, []byte{0}, nil) // as in UTF-16
	return objectField.Match(line) || idField.Match(line) && finalField.Match(line)
}

// hint explains how to correct a reply that is not JSON.
func hint(line []byte) string {
	switch {
	case bytes.IndexByte(line, 0) >= 0:
		return "a reply must be in UTF-8"
	case line[0] != '{' && bytes.IndexByte(line, '{') >= 0:
		return "a reply must begin at the start of a line"
	case line[0] != '{' || !bytes.HasSuffix(line, []byte("}")):
		return "a reply must be on one line (in Python, json.dumps without indent)"
	case json.Valid(bytes.ReplaceAll(line, []byte{'\''}, []byte{'"'})):
		return "names and strings must be in double quotes (in Python, use json.dumps)"
	}
	return "a reply must be one JSON object on one line (in Python, use json.dumps)"
}
