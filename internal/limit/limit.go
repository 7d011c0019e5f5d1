// Package limit defines how much memory a parser of this module may use, whatever the file claims.
//
// Reading a file uses at most 16 times the length of the file plus 64 MiB of memory, and the text
// of an error about a file has at most 1 KB. The length is that of the file on disk, or of its
// contents for a CSV file that is compressed as a whole. Every parser has tests with files made to
// break this rule.
package limit

import "unicode/utf8"

const (
	ratio   = 16
	base    = 64 << 20
	message = 1000
)

// Memory returns the number of bytes that a process may use to read a file of the given length.
func Memory(length int64) int64 { return ratio*max(0, length) + base }

// Live returns the number of bytes that may be in use at any time while reading a file of the given
// length. It is half of [Memory], because the garbage collector lets the heap grow to twice the
// live memory.
func Live(length int64) int64 { return Memory(length) / 2 }

// Error returns err with its text shortened to at most 1 KB. The result wraps err.
func Error(err error) error {
	if err == nil || len(err.Error()) <= message {
		return err
	}
	return &shortened{err}
}

// shortened is an error without the middle of its text.
type shortened struct{ err error }

func (e *shortened) Unwrap() error { return e.err }

func (e *shortened) Error() string {
	const gap = " … "
	text := e.err.Error()
	if len(text) <= message {
		return text
	}
	head, tail := (message-len(gap))*3/4, len(text)-(message-len(gap))/4
	for head > 0 && !utf8.RuneStart(text[head]) {
		head--
	}
	for tail < len(text) && !utf8.RuneStart(text[tail]) {
		tail++
	}
	return text[:head] + gap + text[tail:]
}
