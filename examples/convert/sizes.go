package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/examples/internal/spaces"
	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// sizeColumns are the columns of a table of sizes.
var sizeColumns = []string{network.FigureParams, network.FigureFLOPs, network.FigureMemory}

// counter returns an evaluator that computes the sizes of networks.
func (o options) counter() (f network.Figures, err error) {
	if err := tool.Check(
		tool.Bound{Name: "classes", Value: o.classes, Least: 1}, tool.Bound{Name: "batch", Value: o.batch, Least: 1},
		tool.Bound{Name: "channels", Value: o.channels}, tool.Bound{Name: "cells", Value: o.cells},
	); err != nil {
		return f, err
	}
	f.Batch, f.Input.Classes = o.batch, o.classes
	designs := map[string]network.Design{
		"nasbench101":                 network.NASBench101{Channels: o.channels, Cells: o.cells},
		"nasbench201":                 network.NASBench201{Channels: o.channels, Cells: o.cells},
		"nasbench201-without-pooling": network.NASBench201{Channels: o.channels, Cells: o.cells},
	}
	if f.Design = designs[o.space]; f.Design == nil {
		return f, program.Usagef("-sizes must have a -space with a network, got %q; there are %s",
			o.space, strings.Join(slices.Sorted(maps.Keys(designs)), ", "))
	}
	sides := strings.Split(o.image, "x")
	for i, to := range []*int{&f.Input.Channels, &f.Input.Height, &f.Input.Width} {
		if len(sides) == 3 {
			*to, err = strconv.Atoi(sides[i])
		}
		if len(sides) != 3 || err != nil || *to < 1 {
			return f, program.Usagef("-image must be channels, height and width of an image, such as 3x32x32, got %q", o.image)
		}
	}
	return f, nil
}

// measure returns a table of the sizes of the architectures in -from, or of all in the space.
func measure(ctx context.Context, o options, s *steps) (*nasbench.Table, error) {
	counter, err := o.counter()
	if err != nil {
		return nil, err
	}
	space, err := spaces.Find(o.space)
	if err != nil {
		return nil, err
	}
	archs := members(space)
	total, _ := searchspace.Count(space)
	if o.from != "" {
		table, err := load(ctx, o, s)
		if err != nil {
			return nil, err
		}
		space, archs, total = table.Space(), table.Archs(), table.Len()
	}
	s.begin("counting the sizes", total)
	var rows [][]string
	for outcome := range (evaluator.Pool{Evaluator: counter, Space: space}).Run(ctx, archs) {
		if outcome.Err != nil {
			return nil, outcome.Err
		}
		for len(rows) <= outcome.Index {
			rows = append(rows, nil)
		}
		row := []string{searchspace.Text(space, outcome.Arch)}
		for _, column := range sizeColumns {
			row = append(row, strconv.FormatFloat(outcome.Result.Metrics[column], 'f', -1, 64))
		}
		rows[outcome.Index] = row
		s.reached(len(rows))
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := csv.NewWriter(&text).WriteAll(slices.Insert(rows, 0, append([]string{"arch"}, sizeColumns...))); err != nil {
		return nil, err
	}
	return nasbench.ReadCSV(&text, o.out, space)
}

// members yields all architectures of a space of tables.
func members(space searchspace.Space) iter.Seq[searchspace.Arch] {
	if listed, ok := space.(searchspace.Enumerator); ok {
		return listed.All()
	}
	return func(yield func(searchspace.Arch) bool) {
		for a, err := range searchspace.Enumerate(space.Start()) {
			if err != nil || !yield(a) { // spaces of tables have no dead ends
				return
			}
		}
	}
}
