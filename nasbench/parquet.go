package nasbench

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/internal/parquetfile"
	"github.com/graphpnas/graphpnas/searchspace"
)

// keyColumn is the name of the column of a Parquet file that holds the architectures' keys.
const keyColumn = "arch_key"

// What a Parquet file that this package wrote says of itself.
const (
	parquetPrefix   = "graphpnas."
	parquetFormat   = parquetPrefix + "format"   // parquetVersion
	parquetSpace    = parquetPrefix + "space"    // the space's Name
	parquetChecksum = parquetPrefix + "checksum" // parquetfile.File.Checksum, in hexadecimal digits
	parquetVersion  = "1"
)

// WriteParquet writes the table as a Parquet file, which [ReadParquet] reads as the same table: the column arch has the
// architectures as a CSV file has them, arch_key their keys in the space, and the other columns are the table's, null
// where a figure is not recorded. It fails where a column has a name that Parquet has no place for: none, one that is not
// UTF-8, or arch_key.
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

// OpenParquet reads a table of architectures of the space from a Parquet file, see [ReadParquet].
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

// ReadParquet reads a table of architectures of the space from a Parquet file, in the form that the package describes.
//
// Of a file that [Table.WriteParquet] wrote it checks the checksums, the space, that no key stands twice, and a few of the
// architectures. It parses the others when they are asked for, and [Table.Verify] checks all of them. Any other file is
// read as [ReadCSV] reads one: it has a column arch, every other column holds numbers, and every architecture is parsed
// and checked. It has no checksum of ours, so that damage to it may go unseen.
//
// An error names the table by the given name, and the column and the row, from 1, where it is about one; it wraps
// [searchspace.ErrInvalid] for what is no architecture of the space. The memory that reading takes is bounded by the
// length of the file.
func ReadParquet(r io.Reader, name string, space searchspace.Space) (*Table, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return readParquet(data, name, space)
}

func readParquet(data []byte, name string, space searchspace.Space) (*Table, error) {
	f, err := parquetfile.Read(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if f.Rows == 0 {
		return nil, fmt.Errorf("%s: the file has no row", name)
	}
	t := &Table{name: name, space: space, archs: make([]atomic.Pointer[searchspace.Arch], f.Rows)}
	ours, err := isOurs(f, space)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := t.setColumns(f, ours); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
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

// isOurs tells whether this package wrote a file. If so, it is checked that the file is whole and of the space.
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
		return false, fmt.Errorf("the file is of format %q, not %q", v, parquetVersion)
	}
	if name := f.Metadata[parquetSpace]; name != space.Name() {
		return false, fmt.Errorf("the file has architectures of the space %q, not %q", name, space.Name())
	}
	if sum := checksumOf(f); sum != f.Metadata[parquetChecksum] {
		return false, fmt.Errorf("the checksum of the columns is %s, not %q: the file is damaged, or was changed "+
			"by a program that left the metadata %s… in it", sum, f.Metadata[parquetChecksum], parquetPrefix)
	}
	return true, nil
}

// setColumns sets what the columns hold.
func (t *Table) setColumns(f *parquetfile.File, ours bool) error {
	for _, c := range f.Columns {
		switch {
		case c.Name == archColumn && c.Texts != nil:
			t.texts = c.Texts
		case ours && c.Name == keyColumn && c.Texts != nil:
			t.keys = c.Texts
		case c.Numbers != nil && c.Name != archColumn:
			t.columns = append(t.columns, c.Name)
			t.values = append(t.values, c.Numbers)
		case c.Name == archColumn:
			return fmt.Errorf("column %q holds no texts", c.Name)
		default:
			return fmt.Errorf("column %q holds no numbers", c.Name)
		}
	}
	if t.texts == nil {
		return fmt.Errorf("no column is named %q", archColumn)
	}
	if ours && t.keys == nil {
		return fmt.Errorf("no column is named %q", keyColumn)
	}
	return nil
}

// computeKeys parses the architectures of all rows, and sets their keys.
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

// index sets the rows by the keys.
func (t *Table) index() error {
	t.rows = make(map[string]int, len(t.keys))
	for row, key := range t.keys {
		t.rows[key] = row
		if len(t.rows) == row {
			return fmt.Errorf("%s: row %d, column %q: the architecture stands in row %d already",
				t.name, row+1, archColumn, slices.Index(t.keys, key)+1)
		}
	}
	return nil
}
