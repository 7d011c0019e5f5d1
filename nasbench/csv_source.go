package nasbench

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/graphpnas/graphpnas/internal/parquetfile"
)

// headSize is the number of bytes at the beginning of a file from which its format is detected.
const headSize = 1 << 16

// csvSource is the text of a CSV file.
type csvSource struct {
	text    *bufio.Reader
	close   func()
	comma   rune
	skipped int    // number of lines before the header
	comment string // a comment that may be meant as the header, or ""
}

// openSource decompresses a CSV file if necessary and detects its format. The caller must call close.
func openSource(r io.Reader) (*csvSource, error) {
	text, end, err := decompressed(bufio.NewReaderSize(r, headSize))
	if err != nil {
		return nil, err
	}
	s := &csvSource{text: text, close: end, comma: ','}
	if err := s.begin(); err != nil {
		end()
		return nil, err
	}
	return s, nil
}

// decompressed returns the contents of a file that may be compressed with gzip, bzip2 or Zstandard. The caller must call
// end.
func decompressed(r *bufio.Reader) (contents *bufio.Reader, end func(), err error) {
	magic, _ := r.Peek(4) // a shorter file is not compressed
	end = func() {}
	var plain io.Reader
	switch {
	case bytes.HasPrefix(magic, []byte("\x1f\x8b")):
		plain, err = gzip.NewReader(r)
	case bytes.HasPrefix(magic, []byte("BZh")):
		plain = bzip2.NewReader(r)
	case bytes.HasPrefix(magic, []byte("\x28\xb5\x2f\xfd")):
		var z *zstd.Decoder
		if z, err = zstd.NewReader(r, zstd.WithDecoderConcurrency(1)); err == nil {
			plain, end = z, z.Close
		}
	default:
		return r, end, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("decompressing: %w", err)
	}
	return bufio.NewReaderSize(&decompressor{plain}, headSize), end, nil
}

// decompressor is a reader whose errors say that the file is compressed.
type decompressor struct{ r io.Reader }

func (d *decompressor) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("decompressing: %w", err)
	}
	return n, err
}

// begin checks that the file is text, skips a byte order mark and comments, and detects the column separator.
func (s *csvSource) begin() error {
	head, _ := s.text.Peek(headSize) // an error will occur again when reading
	switch {
	case bytes.HasPrefix(head, []byte("\ufeff")):
		_, _ = s.text.Discard(len("\ufeff"))
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return errors.New(`the text is in UTF-16; write it in UTF-8 (pandas: encoding="utf-8", Excel: "CSV UTF-8")`)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return errors.New("the file is a zip archive, like an Excel workbook; unpack it or export it as CSV")
	case bytes.HasPrefix(head, []byte(parquetfile.Magic)):
		return errors.New("the file is in Parquet, not in CSV")
	case jsonStart.Match(head):
		return errors.New("the file is in JSON; write it as CSV or Parquet")
	case bytes.IndexByte(head, 0) >= 0:
		return errors.New("the file is neither text in UTF-8 nor in Parquet")
	}
	s.text = bufio.NewReaderSize(&lineEnds{s.text}, headSize)
	if err := s.skipComments(); err != nil {
		return err
	}
	return s.findComma()
}

// jsonStart matches the beginning of an object or of a list.
var jsonStart = regexp.MustCompile(`^\s*[{\[]`)

// skippedLine matches a blank line, and the line with which Excel declares the separator.
var skippedLine = regexp.MustCompile(`^(\r?\n|sep=.[\r\n])`)

// skipComments skips lines without data: comments, which begin with "#", and lines that match skippedLine.
func (s *csvSource) skipComments() error {
	for {
		first, _ := s.text.Peek(len("sep=,\n"))
		isComment := bytes.HasPrefix(first, []byte("#"))
		if !isComment && !skippedLine.Match(first) {
			return nil
		}
		line, isPrefix, err := s.text.ReadLine()
		if isComment && slices.Contains(splitLine(string(line[1:]), ','), archColumn) {
			s.comment = string(line)
		}
		for isPrefix && err == nil {
			_, isPrefix, err = s.text.ReadLine()
		}
		if err != nil && err != io.EOF {
			return err
		}
		s.skipped++
	}
}

// findComma detects whether columns are separated by commas or tabs. It returns an error for semicolons, because numbers then usually
// have decimal commas.
func (s *csvSource) findComma() error {
	head, _ := s.text.Peek(headSize)
	line, _, _ := strings.Cut(string(head), "\n")
	byCommas := splitLine(line, ',')
	separatedBy := func(comma rune) bool {
		fields := splitLine(line, comma)
		return len(fields) > 1 && (len(byCommas) == 1 || slices.Contains(fields, archColumn))
	}
	switch {
	case separatedBy('\t'):
		s.comma = '\t'
	case slices.Contains(byCommas, archColumn):
	case separatedBy(';'):
		return errors.New(`the columns are separated by semicolons; write commas between columns and decimal points in numbers ` +
			`(pandas: df.to_csv(path, sep=",", decimal="."), Excel: "CSV UTF-8" in a locale with decimal points)`)
	}
	return nil
}

// splitLine returns the fields of a line, without spaces around them, or nil if it is malformed.
func splitLine(line string, comma rune) []string {
	r := csv.NewReader(strings.NewReader(line))
	r.Comma = comma
	r.TrimLeadingSpace = comma == ','
	fields, err := r.Read()
	if err != nil {
		return nil
	}
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	return fields
}

// reader returns a reader of the records, which counts lines from the beginning of the file.
func (s *csvSource) reader() *csv.Reader {
	r := csv.NewReader(io.MultiReader(strings.NewReader(strings.Repeat("\n", s.skipped)), &columnLimit{r: s.text, comma: byte(s.comma)}))
	r.Comma = s.comma
	r.TrimLeadingSpace = s.comma == ','
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	return r
}

// maxColumns is the maximum number of columns of a row. It is limited because a column needs only one byte of the file, but hundreds
// of bytes of memory.
const maxColumns = 1 << 17

// columnLimit is a reader that returns an error for a row of too many columns, before the row is in memory.
type columnLimit struct {
	r       io.Reader
	comma   byte
	quoted  bool // whether the current position is inside quotes
	columns int  // number of separators in the current row so far
}

func (l *columnLimit) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	for i, b := range p[:n] {
		switch {
		case b == '"':
			l.quoted = !l.quoted
		case l.quoted:
		case b == '\n':
			l.columns = 0
		case b == l.comma:
			if l.columns++; l.columns == maxColumns {
				return i, fmt.Errorf("a row has more than %d columns", maxColumns)
			}
		}
	}
	return n, err
}

// lineEnds is a reader that converts a carriage return without a newline to a newline. Old versions of Excel end lines with a carriage
// return, and programs that write "\r\n" in text mode on Windows produce "\r\r\n".
type lineEnds struct{ r *bufio.Reader }

func (l *lineEnds) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	for i := 0; i < n; i++ {
		next := bytes.IndexByte(p[i:n], '\r')
		if next < 0 {
			break
		}
		i += next
		var after []byte
		if i+1 < n {
			after = p[i+1 : n]
		} else {
			after, _ = l.r.Peek(1)
		}
		if !bytes.HasPrefix(after, []byte("\n")) {
			p[i] = '\n'
		}
	}
	return n, err
}
