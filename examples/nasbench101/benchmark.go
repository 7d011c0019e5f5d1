package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/predictor"
	"github.com/graphpnas/graphpnas/nasbench"
)

// allCells is how many cells NAS-Bench-101 has.
const allCells = 423_624

// open returns an evaluator of the benchmark's file. Its value is the mean validation accuracy, its cost the mean training
// time. If the file does not have all cells, it is a surrogate.
func open(ctx context.Context, path string, c predictor.Config, stderr io.Writer) (evaluator.Evaluator, error) {
	table, err := nasbench.OpenNB101(path, nasbench.NB101Options{})
	if err != nil {
		return nil, err
	}
	recorded, err := table.Evaluator(nasbench.NB101Query{})
	if err != nil {
		return nil, err
	}
	if table.Len() == allCells {
		return recorded, nil
	}
	fmt.Fprintf(stderr, "%s has %d of %d cells: training a surrogate for the others …\n", path, table.Len(), allCells)
	begin := time.Now()
	values, costs, err := examples(ctx, table, recorded)
	if err != nil {
		return nil, err
	}
	s := predictor.Surrogate{Recorded: recorded, Missing: nasbench.ErrNotRecorded}
	if s.Value, err = predictor.Train(ctx, space, values, c); err != nil {
		return nil, err
	}
	c.Networks, c.Epochs = 1, 10 // training times are easy to predict
	if s.Cost, err = predictor.Train(ctx, space, costs, c); err != nil {
		return nil, err
	}
	fmt.Fprintf(stderr, "trained in %v\n", time.Since(begin).Round(time.Second))
	return s, nil
}

// examples returns what the table records: accuracies and training times in seconds.
func examples(ctx context.Context, table *nasbench.NB101, recorded evaluator.Evaluator) (values, costs []predictor.Example, err error) {
	for a := range table.Archs() {
		r, err := recorded.Evaluate(ctx, a)
		if errors.Is(err, nasbench.ErrNotRecorded) {
			continue
		} else if err != nil {
			return nil, nil, err
		}
		values = append(values, predictor.Example{Arch: a, Value: r.Value})
		costs = append(costs, predictor.Example{Arch: a, Value: r.Cost.Seconds()})
	}
	return values, costs, nil
}
