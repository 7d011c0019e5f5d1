package nasbench

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/graphpnas/graphpnas/internal/limit"
	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/internal/parquetfile"
	"github.com/graphpnas/graphpnas/searchspace"
)

// keyColumn is the name of the column of a Parquet file that contains the architectures' keys.
const keyColumn = "arch_key"

// The metadata of a Parquet file that this package wrote.
const (
	parquetPrefix   = "graphpnas."
	parquetFormat   = parquetPrefix + "format"   // parquetVersion
	parquetSpace    = parquetPrefix + "space"    // the space's Name
	parquetChecksum = parquetPrefix + "checksum" // parquetfile.File.Checksum, in hexadecimal digits
	parquetVersion  = "1"
)

// WriteParquet writes the table as a Parquet file, from which [ReadParquet] reads the same table. The column arch contains the
// architectures as in a CSV file, and arch_key their keys in the space. The other columns are the numeric ones, with null for figures
// that are not recorded. WriteParquet returns an error if a numeric column is named arch_key or its name is not valid UTF-8.
func (t *Table) WriteParquet(w io.Writer) error {
	archs := parquetfile.Column{Name: archColumn, Texts: make([]string, t.Len())}
	for row := range archs.Texts {
		var err error
		if archs.Texts[row], err = t.text(row); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	f := &parquetfile.File{Rows: t.Len(), Columns: []parquetfile.Column{archs, {Name: keyColumn, Texts: t.keys}}}
	for i, name := range t.columns {
		f.Columns = append(f.Columns, parquetfile.Column{Name: name, Numbers: t.values[i]})
	}
	f.Metadata = map[string]string{
		parquetFormat: parquetVersion, parquetSpace: t.space.Name(), parquetChecksum: checksumOf(f),
	}
	if err := parquetfile.Write(w, f); err != nil {
		return fmt.Errorf("%s: %w", t.name, err)
	}
	return nil
}

func checksumOf(f *parquetfile.File) string { return strconv.FormatUint(uint64(f.Checksum()), 16) }

// OpenParquet reads a table of architectures of the space from a Parquet file; see [ReadParquet].
func OpenParquet(path string, space searchspace.Space) (*Table, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening a table: %w", err)
	}
	defer file.Close()
	return openParquet(file, space)
}

func openParquet(file *os.File, space searchspace.Space) (*Table, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("opening a table: %w", err)
	}
	data := make([]byte, info.Size())
	if _, err := io.ReadFull(file, data); err != nil {
		return nil, fmt.Errorf("%s: %w", file.Name(), err)
	}
	return readParquet(data, file.Name(), space)
}

// ReadParquet reads a table of architectures of the space from a Parquet file in the format that the package documentation describes.
//
// If [Table.WriteParquet] has written the file, ReadParquet checks the checksum, the space, that no key occurs twice, and a few of the
// architectures. The other architectures are parsed when they are used; [Table.Verify] checks all of them. In any other file, every
// architecture is parsed and validated, as by [ReadCSV]. Such a file has no checksum, so damage to it may go unnoticed.
//
// Errors contain the given name and, if applicable, the column and the row, from 1. An error wraps [searchspace.ErrInvalid] if an
// architecture is not valid. Decoding takes at most 16 times the length of the file plus 64 MiB of memory, and the text of an error has
// at most 1 KB.
func ReadParquet(r io.Reader, name string, space searchspace.Space) (*Table, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return readParquet(data, name, space)
}

func readParquet(data []byte, name string, space searchspace.Space) (*Table, error) {
	t, err := newParquet(data, name, space)
	return t, limit.Error(err)
}

// newParquet returns the table in a Parquet file.
func newParquet(data []byte, name string, space searchspace.Space) (*Table, error) {
	f, err := parquetfile.Read(data, func(name string) bool { return mayHoldArchs(name) || name == keyColumn })
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if f.Rows == 0 {
		return nil, fmt.Errorf("%s: the file has no rows", name)
	}
	t := &Table{name: name, space: space}
	ours, err := isOurs(f, space)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := t.setColumns(f, ours); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	t.archs = make([]atomic.Pointer[searchspace.Arch], f.Rows)
	if !ours {
		if err := t.computeKeys(); err != nil {
			return nil, err
		}
	}
	if err := t.index(); err != nil {
		return nil, err
	}
	if ours {
		return t, t.verifySome()
	}
	return t, nil
}

// isOurs reports whether this package has written a file. If so, it checks that the file is complete and belongs to the space.
func isOurs(f *parquetfile.File, space searchspace.Space) (bool, error) {
	ours := false
	for key := range f.Metadata {
		ours = ours || strings.HasPrefix(key, parquetPrefix)
	}
	for _, c := range f.Columns {
		ours = ours || c.Name == keyColumn
	}
	if !ours {
		return false, nil
	}
	for _, key := range []string{parquetFormat, parquetSpace, parquetChecksum} {
		if _, ok := f.Metadata[key]; !ok {
			return false, fmt.Errorf("the file has a column %q or metadata %s…, but no metadata %q", keyColumn, parquetPrefix, key)
		}
	}
	if v := f.Metadata[parquetFormat]; v != parquetVersion {
		return false, fmt.Errorf("the format version of the file is %q instead of %q", v, parquetVersion)
	}
	if name := f.Metadata[parquetSpace]; name != space.Name() {
		return false, fmt.Errorf("the file has architectures of space %q instead of %q", name, space.Name())
	}
	if sum := checksumOf(f); sum != f.Metadata[parquetChecksum] {
		return false, fmt.Errorf("the checksum of the columns is %s instead of %q: the file is damaged, or was changed "+
			"by a program that kept the metadata %s…", sum, f.Metadata[parquetChecksum], parquetPrefix)
	}
	return true, nil
}

// setColumns sets the columns of the table from the file.
func (t *Table) setColumns(f *parquetfile.File, ours bool) error {
	names := make([]string, len(f.Columns))
	for i, c := range f.Columns {
		names[i] = c.Name
	}
	var err error
	if t.source, err = findArchs(names, t.space); err != nil {
		return err
	}
	reasons := unusable(names)
	for i, c := range f.Columns {
		reason := cmp.Or(reasons[i], c.Skipped)
		switch {
		case t.source.has(i) && c.Texts == nil:
			return notText(&c)
		case t.source.has(i):
		case ours && c.Name == keyColumn && c.Texts != nil:
			t.keys = c.Texts
		case c.Texts != nil:
			t.skipped = append(t.skipped, SkippedColumn{c.Name, "it contains text"})
		case reason != "":
			t.skipped = append(t.skipped, SkippedColumn{c.Name, reason})
		default:
			t.columns = append(t.columns, c.Name)
			t.values = append(t.values, c.Numbers)
		}
	}
	if ours && t.keys == nil {
		return fmt.Errorf("no column is named %q", keyColumn)
	}
	t.setTexts(f)
	return nil
}

// setTexts sets the texts of the architectures from the file.
func (t *Table) setTexts(f *parquetfile.File) {
	if len(t.source) == 1 {
		t.texts = f.Columns[t.source[0].column].Texts
		return
	}
	t.texts = make([]string, f.Rows)
	for row := range t.texts {
		t.texts[row] = t.source.text(func(column int) string { return f.Columns[column].Texts[row] })
	}
}

// notText returns the error for a column of architectures that is not text.
func notText(c *parquetfile.Column) error {
	holds := cmp.Or(c.Skipped, "it contains numbers")
	if c.Name == archColumn {
		return fmt.Errorf("column %q: architectures must be text, but %s", c.Name, holds)
	}
	return fmt.Errorf("column %q: a matrix and operations must be text in JSON, but %s (pandas: df[%q] = df[%q].map(json.dumps))",
		c.Name, holds, c.Name, c.Name)
}

// computeKeys parses the architectures of all rows and computes their keys.
func (t *Table) computeKeys() error {
	t.keys = make([]string, len(t.texts))
	errs := make([]error, len(t.texts))
	parallel.Do(len(t.texts), func(row int) {
		var a searchspace.Arch
		if a, errs[row] = t.arch(row); errs[row] == nil {
			t.keys[row] = t.space.Key(a)
		}
	})
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// index builds the map from keys to rows.
func (t *Table) index() error {
	t.rows = make(map[string]int, len(t.keys))
	for row, key := range t.keys {
		t.rows[key] = row
		if len(t.rows) == row {
			a, _ := t.arch(row) // Verify reports an invalid one
			return fmt.Errorf("%s: row %d, %s: the architecture %s is already in row %d; a table has each architecture once, "+
				"so choose one data set or take means over seeds first",
				t.name, row+1, t.source, searchspace.Text(t.space, a), slices.Index(t.keys, key)+1)
		}
	}
	return nil
}
