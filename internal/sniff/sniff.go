// Package sniff identifies the type of a file by its first bytes, for errors about files of the
// wrong type, such as an error page that was saved under the name of a download or an archive that
// was not unpacked.
package sniff

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// HeadSize is the number of bytes that [Name] examines.
const HeadSize = 512

// magics lists the first bytes of file types.
var magics = []struct{ start, name string }{
	{"version https://git-lfs.github.com/", `a Git LFS pointer ("git lfs pull" fetches the file itself)`},
	{"/annex/objects/", `a git-annex pointer ("git annex get" fetches the file itself)`},
	{"PK\x03\x04", "a zip archive"},
	{"\x1f\x8b", "a gzip file"},
	{"BZh", "a bzip2 file"},
	{"\xfd7zXZ\x00", "an xz file"},
	{"(\xb5/\xfd", "a Zstandard file"},
	{"7z\xbc\xaf'\x1c", "a 7z archive"},
	{"Rar!\x1a\a", "a RAR archive"},
	{"PAR1", "a Parquet file"},
	{"\x89HDF\r\n\x1a\n", "an HDF5 file"},
	{"SQLite format 3\x00", "an SQLite database"},
	{"%PDF-", "a PDF"},
	{"\x80\x02", "a Python pickle"},
	{"\x80\x03", "a Python pickle"},
	{"\x80\x04", "a Python pickle"},
	{"\x80\x05", "a Python pickle"},
}

// Name returns the type of a file, such as "an HTML page", given its first [HeadSize] bytes, or all
// bytes of a shorter file. It returns "" if the type is unknown.
func Name(head []byte) string {
	head = head[:min(len(head), HeadSize)]
	if len(head) == 0 {
		return "an empty file"
	}
	for _, magic := range magics {
		if bytes.HasPrefix(head, []byte(magic.start)) {
			return magic.name
		}
	}
	const ustar = 257 // offset of the magic of a tar archive
	if len(head) > ustar && bytes.HasPrefix(head[ustar:], []byte("ustar")) {
		return `a tar archive ("tar xf" unpacks it)`
	}
	switch text := bytes.ToLower(bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\ufeff")))); {
	case bytes.HasPrefix(text, []byte("<!doctype html")), bytes.HasPrefix(text, []byte("<html")):
		return "an HTML page, which servers send instead of a missing file"
	case bytes.HasPrefix(text, []byte("<?xml")):
		return "an XML document, which servers send instead of a missing file"
	case isText(head):
		return "a text file"
	}
	return ""
}

// isText reports whether head is UTF-8 without control characters, apart from an incomplete
// character at the end.
func isText(head []byte) bool {
	for len(head) > 0 {
		r, n := utf8.DecodeRune(head)
		if r == utf8.RuneError && n == 1 {
			return !utf8.FullRune(head)
		}
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return false
		}
		head = head[n:]
	}
	return true
}
