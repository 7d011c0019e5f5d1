package nasbench

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
)

// WriteCSV writes the table in the format of [ReadCSV]. The first column contains the architectures. Numbers have the fewest digits that
// represent them exactly.
func (t *Table) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	record := append([]string{archColumn}, t.columns...)
	if err := out.Write(record); err != nil {
		return fmt.Errorf("%s: %w", t.name, err)
	}
	for row := range t.keys {
		var err error
		if record[0], err = t.text(row); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		for i, values := range t.values {
			record[i+1] = ""
			if v := values[row]; !math.IsNaN(v) {
				record[i+1] = strconv.FormatFloat(v, 'g', -1, 64)
			}
		}
		if err := out.Write(record); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("%s: %w", t.name, err)
	}
	return nil
}
