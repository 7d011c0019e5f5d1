package nasbench

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/graphpnas/graphpnas/internal/limit"
	"github.com/graphpnas/graphpnas/searchspace"
)

// OpenCSV reads a table of architectures of the space from a CSV file; see [ReadCSV]. [Open] also reads Parquet.
func OpenCSV(path string, space searchspace.Space) (*Table, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening a table: %w", err)
	}
	defer file.Close()
	return ReadCSV(file, path, space)
}

// ReadCSV reads a table of architectures of the space from CSV in the format that the package documentation describes. The text may be
// compressed with gzip, bzip2 or Zstandard. Every row must have an architecture, and the Keys of all rows must be different. Errors
// contain the given name, the line and the column. An error wraps [searchspace.ErrInvalid] if an architecture is not valid.
//
// A row may have at most 131,072 columns, and an architecture at most 1 MiB of text. Reading takes at most 16 times the length of the
// decompressed text plus 64 MiB of memory, and the text of an error has at most 1 KB.
func ReadCSV(r io.Reader, name string, space searchspace.Space) (*Table, error) {
	t, err := readCSV(r, name, space)
	return t, limit.Error(err)
}

func readCSV(r io.Reader, name string, space searchspace.Space) (*Table, error) {
	source, err := openSource(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defer source.close()
	in := csvReader{csv: source.reader(), table: &Table{name: name, space: space, rows: map[string]int{}}}
	if err := in.readHeader(source.comment); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for {
		record, err := in.next()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = in.addRow(record)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if in.table.Len() == 0 {
		return nil, fmt.Errorf("%s: there are no rows after the header", name)
	}
	in.finish()
	return in.table, nil
}

// csvReader is a Table that is being read.
type csvReader struct {
	csv     *csv.Reader
	table   *Table
	columns []csvColumn
	history *historyColumns // nil unless the file is the history of a search
	archs   []searchspace.Arch
	lines   []int     // the line of each row
	figures []float64 // the figures of the current row
}

// csvColumn is a column that is being read.
type csvColumn struct {
	name    string
	values  []float64
	skipped string // why the column is skipped, or ""
	used    bool   // whether a column without a name has a cell that is not empty
}

// next returns the next record that is not blank.
func (in *csvReader) next() ([]string, error) {
	for {
		record, err := in.csv.Read()
		if err != nil {
			return nil, err
		}
		if !isBlank(record) {
			return record, nil
		}
	}
}

func isBlank(record []string) bool {
	return !slices.ContainsFunc(record, func(cell string) bool { return strings.TrimSpace(cell) != "" })
}

// readHeader reads the names of the columns from the first line.
func (in *csvReader) readHeader(comment string) error {
	record, err := in.next()
	if err == io.EOF {
		return errors.New("the file is empty")
	}
	if err != nil {
		return err
	}
	names := make([]string, len(record))
	for i, cell := range record {
		names[i] = strings.TrimSpace(cell)
	}
	if in.table.source, err = findArchs(names, in.table.space); err != nil {
		if comment != "" {
			err = fmt.Errorf("%w; the comment %q looks like the header: remove the # before it", err, shortened(comment))
		}
		return err
	}
	in.columns = make([]csvColumn, len(names))
	reasons := unusable(names)
	for i, name := range names {
		in.columns[i] = csvColumn{name: name, skipped: reasons[i]}
	}
	in.history = findHistory(names)
	in.figures = make([]float64, len(names))
	return nil
}

// addRow adds a line to the table.
func (in *csvReader) addRow(record []string) error {
	line, _ := in.csv.FieldPos(0)
	for len(record) > len(in.columns) && strings.TrimSpace(record[len(record)-1]) == "" {
		record = record[:len(record)-1]
	}
	if len(record) != len(in.columns) {
		hint := ""
		if len(record) > len(in.columns) {
			hint = "; numbers must have decimal points, text with commas must be in quotes, and row names need a column in the header"
		}
		return fmt.Errorf("line %d has %d fields, but the header has %d%s", line, len(record), len(in.columns), hint)
	}
	first := in.table.source[0].column
	line, _ = in.csv.FieldPos(first)
	a, err := readArch(in.table.space, in.table.source.text(func(column int) string { return record[column] }))
	if err != nil {
		return fmt.Errorf("line %d, %s: %w", line, in.table.source, err)
	}
	in.readFigures(record)
	return in.add(a, line)
}

// readFigures reads the figures of a line. If a cell is not a figure, the column is skipped.
func (in *csvReader) readFigures(record []string) {
	failed := in.history.failed(record)
	for i := range in.columns {
		c := &in.columns[i]
		if c.name == "" {
			c.used = c.used || strings.TrimSpace(record[i]) != ""
		}
		if c.skipped != "" || in.table.source.has(i) {
			continue
		}
		v, err := parseFigure(record[i])
		if err != nil {
			line, _ := in.csv.FieldPos(i)
			c.values, c.skipped = nil, fmt.Sprintf("line %d: %v", line, err)
		}
		if in.figures[i] = v; failed {
			in.figures[i] = math.NaN()
		}
	}
}

// add adds an architecture with the figures of the current row.
func (in *csvReader) add(a searchspace.Arch, line int) error {
	t := in.table
	key := t.space.Key(a)
	if row, ok := t.rows[key]; ok {
		return in.addAgain(a, row, line)
	}
	t.rows[key] = len(t.keys)
	t.keys = append(t.keys, key)
	in.archs = append(in.archs, a)
	in.lines = append(in.lines, line)
	for i := range in.columns {
		if c := &in.columns[i]; c.skipped == "" && !t.source.has(i) {
			c.values = append(c.values, in.figures[i])
		}
	}
	return nil
}

// addAgain adds an architecture that already has a row. Only the history of a search may repeat architectures.
func (in *csvReader) addAgain(a searchspace.Arch, row, line int) error {
	if in.history == nil || in.columns[in.history.value].skipped != "" {
		return fmt.Errorf("line %d, %s: the architecture %s is already on line %d; a table has each architecture once, "+
			"so choose one data set or take means over seeds first", line, in.table.source, searchspace.Text(in.table.space, a), in.lines[row])
	}
	was, is := in.columns[in.history.value].values[row], in.figures[in.history.value]
	switch {
	case math.IsNaN(is) || was == is:
		return nil
	case !math.IsNaN(was):
		return fmt.Errorf("line %d: the architecture %s has value %v, but %v on line %d",
			line, searchspace.Text(in.table.space, a), is, was, in.lines[row])
	}
	for i := range in.columns {
		if c := &in.columns[i]; c.values != nil {
			c.values[row] = in.figures[i]
		}
	}
	in.lines[row] = line
	return nil
}

// finish moves the columns to the table.
func (in *csvReader) finish() {
	for i, c := range in.columns {
		switch {
		case in.table.source.has(i), c.name == "" && !c.used:
		case c.skipped != "":
			in.table.skipped = append(in.table.skipped, SkippedColumn{c.name, c.skipped})
		default:
			in.table.columns = append(in.table.columns, c.name)
			in.table.values = append(in.table.values, c.values)
		}
	}
	in.table.setArchs(in.archs)
}
