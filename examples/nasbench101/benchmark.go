package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/predictor"
	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/nasbench"
)

// open returns an evaluator of the benchmark's file. Its value is the mean validation accuracy, its cost the mean training
// time. If the file does not have all cells, it is a surrogate.
func open(ctx context.Context, o options, display *progress.Display) (evaluator.Evaluator, error) {
	table, err := nasbench.OpenNB101(o.table, nasbench.NB101Options{})
	if err != nil {
		return nil, err
	}
	recorded, err := table.Evaluator(nasbench.NB101Query{})
	if err != nil {
		return nil, err
	}
	if table.Len() == space.Count() {
		return recorded, nil
	}
	fmt.Fprintf(display, "%s has %d of the %d cells of NAS-Bench-101. A surrogate predicts the others.\n", o.table, table.Len(), space.Count())
	values, costs, err := examples(ctx, table, recorded)
	if err != nil {
		return nil, err
	}
	kept := cache{dir: o.cache, stderr: display}
	if kept.table, err = tool.Sum(o.table); err != nil {
		return nil, err
	}
	s := predictor.Surrogate{Recorded: recorded, Missing: nasbench.ErrNotRecorded}
	c := o.surrogate
	if s.Value, err = kept.predictor("accuracy", c, trainer(ctx, display, "accuracy", values)); err != nil {
		return nil, err
	}
	c.Networks, c.Epochs = 1, 10 // training times are easy to predict
	s.Cost, err = kept.predictor("time", c, trainer(ctx, display, "time", costs))
	return s, err
}

// trainer returns a function that trains a predictor of a quantity on examples.
func trainer(
	ctx context.Context, display *progress.Display, quantity string, data []predictor.Example,
) func(predictor.Config) (*predictor.Predictor, error) {
	return func(c predictor.Config) (*predictor.Predictor, error) {
		var bar *progress.Bar
		c.OnStep = func(begun, steps int) {
			if bar == nil {
				bar = display.Bar(progress.Options{Name: "training the surrogate: " + quantity, Total: steps, Times: true, Transient: true})
			}
			bar.Set(begun)
		}
		p, err := predictor.Train(ctx, space, data, c)
		if bar != nil {
			bar.End()
		}
		return p, err
	}
}

// examples returns the accuracies and training times in seconds that the table records.
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
