// Package limit states how much a parser of this module may take, whatever the file says.
//
// Reading a file takes at most 16 times the length of the file plus 64 MiB of memory, and the text of an error about a file
// has at most 1 KB. The length is that of the file on disk, or of its contents for a CSV file that is compressed as a whole.
// Every parser has tests that show the rule with files made to break it.
package limit

import "unicode/utf8"

const (
	ratio   = 16
	base    = 64 << 20
	message = 1000
)

// Memory returns how many bytes a process may take for reading a file of that length.
func Memory(length int64) int64 { return ratio*max(0, length) + base }

// Live returns how many bytes may be in use at any time while a file of that length is read: half of [Memory], because the
// garbage collector lets the heap grow to twice what is in use.
func Live(length int64) int64 { return Memory(length) / 2 }

// Error returns the error with a text of at most 1 KB. It wraps err.
func Error(err error) error {
	if err == nil || len(err.Error()) <= message {
		return err
	}
	return &shortened{err}
}

// shortened is an error whose text lacks its middle.
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
