package nasbench

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/graphpnas/graphpnas/searchspace"
)

// OpenCSV reads a table of architectures of the space from a file, see [ReadCSV]; [Open] reads
// Parquet as well.
func OpenCSV(path string, space searchspace.Space) (*Table, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening a table: %w", err)
	}
	defer file.Close()
	return ReadCSV(file, path, space)
}

// ReadCSV reads a table of architectures of the space, in the form that the package describes. Every row has all
// columns, no architecture stands twice (by the space's Key), every number is finite. An error names the table by the
// given name, the line and the column; it wraps [searchspace.ErrInvalid] for what is no architecture of the space.
func ReadCSV(r io.Reader, name string, space searchspace.Space) (*Table, error) {
	in := csvReader{csv: csv.NewReader(r), table: &Table{name: name, space: space, rows: map[string]int{}}}
	in.csv.ReuseRecord = true
	if err := in.readHeader(); err != nil {
		return nil, err
	}
	for {
		record, err := in.csv.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if err := in.addRow(record); err != nil {
			return nil, err
		}
	}
	if in.table.Len() == 0 {
		return nil, fmt.Errorf("%s: no architecture follows the header", name)
	}
	in.table.setArchs(in.archs)
	return in.table, nil
}

// csvReader is a Table that is being read.
type csvReader struct {
	csv    *csv.Reader
	table  *Table
	header []string
	archs  []searchspace.Arch
	lines  []int // of each row, for messages
}

// readHeader takes the columns' names from the first line.
func (in *csvReader) readHeader() error {
	name := in.table.name
	record, err := in.csv.Read()
	if err == io.EOF {
		return fmt.Errorf("%s: the file is empty", name)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	in.header = slices.Clone(record)
	in.header[0] = strings.TrimPrefix(in.header[0], "\ufeff") // spreadsheets mark UTF-8 so
	for i, column := range in.header {
		if slices.Contains(in.header[:i], column) {
			return in.errorf(i, "the column stands twice")
		}
		if column != archColumn {
			in.table.columns = append(in.table.columns, column)
		}
	}
	if len(in.table.columns) == len(in.header) {
		return fmt.Errorf("%s: no column is named %q, but %q", name, archColumn, in.header)
	}
	in.table.values = make([][]float64, len(in.table.columns))
	return nil
}

// addRow adds a line to the table.
func (in *csvReader) addRow(record []string) error {
	t := in.table
	column := 0
	for i, cell := range record {
		if in.header[i] == archColumn {
			if err := in.addArch(i, cell); err != nil {
				return err
			}
			continue
		}
		value, err := parseValue(cell)
		if err != nil {
			return in.errorf(i, "%w", err)
		}
		t.values[column] = append(t.values[column], value)
		column++
	}
	return nil
}

// addArch adds the architecture of a line to the table.
func (in *csvReader) addArch(field int, cell string) error {
	t := in.table
	a, err := readArch(t.space, cell)
	if err != nil {
		return in.errorf(field, "%w", err)
	}
	key := t.space.Key(a)
	if row, ok := t.rows[key]; ok {
		return in.errorf(field, "the architecture [%v] stands on line %d already", a, in.lines[row])
	}
	t.rows[key] = len(t.keys)
	t.keys = append(t.keys, key)
	in.archs = append(in.archs, a)
	line, _ := in.csv.FieldPos(field)
	in.lines = append(in.lines, line)
	return nil
}

// errorf makes an error that names the place of a field of the current record.
func (in *csvReader) errorf(field int, format string, args ...any) error {
	line, _ := in.csv.FieldPos(field)
	return fmt.Errorf("%s: line %d, column %q: %w", in.table.name, line, in.header[field], fmt.Errorf(format, args...))
}

// parseValue reads a number, NaN for an empty cell.
func parseValue(cell string) (float64, error) {
	if cell == "" {
		return math.NaN(), nil
	}
	v, err := strconv.ParseFloat(cell, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%q is not a finite number", cell)
	}
	return v, nil
}
