package nasbench

import (
	"fmt"
	"math"
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Table returns a table of the means over each cell's training runs, at their end, in the order of
// the file. For every number of epochs in memory, such as 108, it has the columns
//
//	validation_accuracy_108  from 0 to 1
//	test_accuracy_108        from 0 to 1
//	training_time_108        in seconds
//
// and the column trainable_parameters. A mean is over the training runs that recorded the figure;
// if none did, it is not recorded. Single training runs, figures halfway and accuracies on the
// training set are left out.
//
// Cells are looked up by the md5 in the file, even if it is wrong; see [NB101.Verify].
func (b *NB101) Table() *Table {
	t := &Table{name: b.name, space: b.Space(), rows: make(map[string]int, b.Len())}
	t.keys = slices.Collect(b.Keys())
	for row, key := range t.keys {
		t.rows[key] = row
	}
	archs := make([]searchspace.Arch, b.Len())
	for row, c := range b.cells {
		archs[row] = c.Arch()
	}
	t.setArchs(archs)
	for i := range b.budgets {
		for _, metric := range []NB101Metric{NB101ValidationAccuracy, NB101TestAccuracy, NB101TrainingTime} {
			b.addColumn(t, fmt.Sprintf("%s_%d", metric, b.budgets[i].epochs), metric, &b.budgets[i])
		}
	}
	b.addColumn(t, string(NB101Parameters), NB101Parameters, &b.budgets[0])
	return t
}

// addColumn adds a column with the means of a metric over a budget's training runs.
func (b *NB101) addColumn(t *Table, name string, metric NB101Metric, budget *nb101Budget) {
	place := slices.Index(nb101Metrics, metric)
	values := make([]float64, b.Len())
	for row := range values {
		values[row] = math.NaN()
		if runs := budget.of(int32(row)); len(runs) > 0 || metric == NB101Parameters {
			values[row] = b.figure(int32(row), runs, place, false)
		}
	}
	t.columns = append(t.columns, name)
	t.values = append(t.values, values)
}
