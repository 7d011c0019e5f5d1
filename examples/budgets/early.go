package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/internal/rankcorr"
	"github.com/graphpnas/graphpnas/searchspace"
)

// accuracies holds the accuracies of a network: at the smaller budgets those of Preview and of Measure, and at the end.
type accuracies struct {
	preview, measure []float64
	end              float64
}

// compareEarly trains random cells to the end, and prints how well their accuracies at each smaller budget predict those at the end.
func (o options) compareEarly(ctx context.Context, out io.Writer, display *progress.Display) error {
	images, err := o.Images(ctx, o.Seed, false)
	if err != nil {
		return err
	}
	census, err := searchspace.NewCensus(searchspace.NASBench201{})
	if err != nil {
		return err
	}
	archs, err := census.Sample(ctx, rand.New(rand.NewPCG(o.Seed, 0)), o.cells)
	if err != nil {
		return err
	}
	bar := display.Bar(progress.Options{Name: "random cells", Total: o.cells, Unit: "cells", Times: true, Transient: true})
	defer bar.End()
	var all []accuracies
	for i, a := range archs {
		plan, err := network.NewPlan(o.design(), a, images.Input())
		if err != nil {
			return err
		}
		one, err := o.train(ctx, plan, images)
		if err != nil && !errors.Is(err, oracle.ErrDiverged) {
			return err
		}
		if err == nil {
			all = append(all, one)
		}
		bar.Set(i + 1)
	}
	return o.printEarly(out, all)
}

// train trains a network to the end.
func (o options) train(ctx context.Context, plan *network.Plan, images *oracle.Images) (accuracies, error) {
	t, err := oracle.NewTraining(plan, images, oracle.Recipe{Epochs: o.Epochs, Batch: o.Batch, LearningRate: o.Rate}, oracle.Options{Seed: o.Seed})
	if err != nil {
		return accuracies{}, err
	}
	var a accuracies
	for _, budget := range o.budgets() {
		for t.Progress().Epoch < int(budget) {
			if err := t.Epoch(ctx); err != nil {
				return accuracies{}, err
			}
		}
		preview, err := t.Preview(ctx, images.Valid)
		if err != nil {
			return accuracies{}, err
		}
		measure, err := t.Measure(ctx, images.Valid)
		if err != nil {
			return accuracies{}, err
		}
		a.preview, a.measure = append(a.preview, preview.Accuracy), append(a.measure, measure.Accuracy)
	}
	if err := t.Run(ctx); err != nil {
		return accuracies{}, err
	}
	end, err := t.Measure(ctx, images.Valid)
	a.end = end.Accuracy
	return a, err
}

// printEarly prints Spearman's rank correlations with the accuracies at the end.
func (o options) printEarly(out io.Writer, all []accuracies) error {
	column := func(of func(accuracies) float64) (list []float64) {
		for _, a := range all {
			list = append(list, of(a))
		}
		return list
	}
	end := column(func(a accuracies) float64 { return a.end })
	text := fmt.Sprintf("Rank correlations of the accuracies of %d random cells with those after %d epochs; %d training runs diverged:\n\n",
		len(all), o.Epochs, o.cells-len(all)) + "| epochs | Preview | Measure |\n|---|---|---|\n"
	for i, budget := range o.budgets() {
		text += fmt.Sprintf("| %v | %.2f | %.2f |\n", budget,
			rankcorr.Spearman(column(func(a accuracies) float64 { return a.preview[i] }), end),
			rankcorr.Spearman(column(func(a accuracies) float64 { return a.measure[i] }), end))
	}
	_, err := io.WriteString(out, text)
	return err
}
