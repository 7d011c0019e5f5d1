package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
	"gonum.org/v1/gonum/stat"
)

// openTable opens a file or the table that comes with the library, with costs if there are any.
func openTable(o options, space searchspace.Space) (table *nasbench.Table, err error) {
	if table, err = readTable("-table", o.table, space); err != nil {
		return nil, err
	}
	switch {
	case o.cost != "":
		return table.WithCost(o.cost)
	case o.times != "":
		times, err := trainingTimes(o.times)
		if err != nil {
			return nil, err
		}
		return table.WithStandInCost(times)
	}
	return table, nil
}

// digits201 names the table that comes with the library.
const digits201 = "digits201"

// readTable reads the file of a flag, or the table that comes with the library.
func readTable(flag, path string, space searchspace.Space) (*nasbench.Table, error) {
	if path != digits201 {
		return nasbench.Open(path, space)
	}
	table, err := nasbench.Digits201()
	if err == nil && table.Space() != space {
		err = fmt.Errorf("%s %s belongs to the space %s", flag, path, table.Space().Name())
	}
	return table, err
}

// trainingTimes returns how long the cells of NAS-Bench-101 were trained for 108 epochs, on average over their training runs.
func trainingTimes(path string) ([]time.Duration, error) {
	const epochs = 108
	benchmark, err := nasbench.OpenNB101(path, nasbench.NB101Options{Epochs: []int{epochs}})
	if err != nil {
		return nil, err
	}
	var times []time.Duration
	for a := range benchmark.Archs() {
		seconds, err := benchmark.Value(a, nasbench.NB101Query{Metric: nasbench.NB101TrainingTime, Epochs: epochs})
		if err != nil {
			return nil, err
		}
		times = append(times, time.Duration(seconds*float64(time.Second)))
	}
	return times, nil
}

// percentile returns a percentile of the table's recorded values in a column.
func (b *bench) percentile(column string, percent float64) (float64, error) {
	if _, _, err := b.table.Best(column); err != nil {
		return 0, err
	}
	var values []float64
	for a := range b.table.Archs() {
		if v, err := b.table.Value(a, column); err == nil {
			values = append(values, v)
		}
	}
	slices.Sort(values)
	return stat.Quantile(percent/100, stat.Empirical, values, nil), nil
}
