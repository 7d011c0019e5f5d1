package oracle

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Unit returns "epochs".
func (o *Oracle) Unit() string { return "epochs" }

// EvaluateAt trains for the first b.Amount epochs of the recipe, a whole number from 1 to Recipe.Epochs; 0 means all. The
// learning rate follows the schedule of the whole recipe, so a training run at a larger budget ends with the same weights
// whether it was resumed or not. Figures at smaller budgets are those of Training.Preview.
//
// If Config.Checkpoints is set, the result at a smaller budget has a Resume. An evaluation at a
// larger budget continues from there, and its cost covers only the further epochs. If the
// checkpoint is gone, the training starts from scratch, and its cost covers all epochs.
func (o *Oracle) EvaluateAt(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	r, err := evaluator.Try(ctx, evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
		return o.evaluate(ctx, a, b)
	}), a)
	if errors.Is(err, evaluator.ErrPanic) { // the design panicked
		err = fmt.Errorf("training of %v: %w", a, err)
	}
	return r, err
}

// epochs returns the number of epochs of a budget.
func (o *Oracle) epochs(b evaluator.Budget) (int, error) {
	all := o.config.Recipe.withDefaults().Epochs
	if b.Amount == 0 {
		return all, nil
	}
	if b.Amount != math.Trunc(b.Amount) || !(b.Amount >= 1 && b.Amount <= float64(all)) {
		return 0, fmt.Errorf("%w: the budget must be a whole number of epochs from 1 to %d, got %v", evaluator.ErrBroken, all, b.Amount)
	}
	return int(b.Amount), nil
}

// evaluation is the evaluation of one architecture at a budget.
type evaluation struct {
	*Oracle
	plan    *network.Plan
	until   int  // number of epochs to train
	whole   bool // whether these are all epochs of the recipe
	left    resume
	summary *summary
	files   []Checkpoint
	elapsed []time.Duration // training time so far, by seed
}

// resume is the decoded Resume of an evaluation at a smaller budget: its number of epochs, and the training time of each seed.
type resume struct {
	epochs  int
	elapsed []time.Duration
}

// String encodes the number of epochs and the nanoseconds of each seed, for readResume.
func (r resume) String() string {
	text := strconv.Itoa(r.epochs)
	for _, d := range r.elapsed {
		text += "/" + strconv.FormatInt(int64(d), 10)
	}
	return text
}

// readResume decodes a resume. It returns the zero resume if the text is not valid or does not have fewer than until epochs.
func readResume(text string, until, seeds int) resume {
	parts := strings.Split(text, "/")
	epochs, err := strconv.Atoi(parts[0])
	if err != nil || epochs < 1 || epochs >= until || len(parts) != seeds+1 {
		return resume{}
	}
	r := resume{epochs: epochs}
	for _, part := range parts[1:] {
		ns, err := strconv.ParseInt(part, 10, 64)
		if err != nil || ns < 0 {
			return resume{}
		}
		r.elapsed = append(r.elapsed, time.Duration(ns))
	}
	return r
}

// train trains with one seed and adds its figures to the summary. It keeps a checkpoint if further seeds or a larger budget may
// follow.
func (e *evaluation) train(ctx context.Context, i int) error {
	space := e.workspaces.Get().(*network.Workspace)
	defer e.workspaces.Put(space)
	seed := e.config.Seeds[i]
	t, err := e.begin(seed, space)
	if err != nil {
		return err
	}
	c := e.checkpoint(t, i)
	if beyond, err := e.isBeyond(t, c); err != nil {
		return err
	} else if beyond { // the file belongs to a larger budget and is kept
		if t, err = e.begin(seed, space); err != nil {
			return err
		}
		c.Path = ""
	}
	if c.Path == "" {
		for err == nil && c.goes(t) {
			err = c.epoch(ctx, t)
		}
	} else {
		err = e.run(ctx, t, c)
		e.files = append(e.files, c)
	}
	e.summary.addTime(t.Progress().Elapsed)
	e.elapsed = append(e.elapsed, t.Progress().Elapsed)
	if err == nil {
		err = e.measure(ctx, t, e.summary)
	}
	if errors.Is(err, ErrDiverged) {
		e.summary.addGuess(fmt.Errorf("seed %d: %w", seed, err))
		err = nil
	}
	return err
}

func (e *evaluation) begin(seed uint64, space *network.Workspace) (*Training, error) {
	return NewTraining(e.plan, e.config.Images, e.config.Recipe, Options{Seed: seed, MemoryLimit: e.config.MemoryLimit, Workspace: space})
}

// isBeyond loads the checkpoint, if there is a valid one, and reports whether it has more epochs than requested. The cost of a
// resumed training covers only the epochs after those of its resume.
func (e *evaluation) isBeyond(t *Training, c Checkpoint) (bool, error) {
	if e.config.Checkpoints == "" {
		return false, nil
	}
	err := c.load(t)
	switch {
	case errors.Is(err, ErrFormat) || errors.Is(err, ErrOtherTraining):
		return false, nil // run handles the error
	case err != nil:
		return false, broken(fmt.Errorf("checkpoint %s: %w", c.Path, err))
	}
	reached := t.Progress().Epoch
	if reached > e.until {
		return true, nil
	}
	if e.left.epochs > 0 && reached >= e.left.epochs {
		e.summary.addTime(-e.left.elapsed[len(e.elapsed)])
	}
	return false, nil
}

// checkpoint returns the checkpoint of the i-th seed's training.
func (e *evaluation) checkpoint(t *Training, i int) Checkpoint {
	c := Checkpoint{
		Every: e.config.CheckpointEvery, atEnd: !e.whole || i+1 < len(e.config.Seeds), until: e.until, each: e.report(i),
	}
	if e.config.Checkpoints != "" {
		c.Path = filepath.Join(e.config.Checkpoints, t.fingerprint+".safetensors")
	}
	return c
}

// report returns a function that reports the progress of a seed's training, and measures the network if MeasureEvery requires it.
func (e *evaluation) report(i int) func(context.Context, *Training) error {
	seeds := float64(len(e.config.Seeds))
	return func(ctx context.Context, t *Training) error {
		epoch := t.Progress().Epoch
		p := evaluator.Progress{Fraction: (float64(i) + float64(epoch)/float64(e.until)) / seeds}
		if len(e.config.Seeds) == 1 {
			p.Epoch = float64(epoch)
			if every := e.config.MeasureEvery; every > 0 && epoch%every == 0 {
				begun := time.Now()
				figures, err := t.figures(ctx, e.config.Images.Valid)
				if err != nil {
					return err
				}
				p.Value = &figures.Accuracy
				e.summary.result.Curve = e.summary.result.Curve.Add(p)
				e.summary.result.Cost += time.Since(begun)
			}
		}
		evaluator.Report(ctx, p)
		return nil
	}
}

// tidy removes the checkpoints after a whole training run. After a shorter one it sets the Resume of the result.
func (e *evaluation) tidy() error {
	if !e.whole {
		if len(e.files) == len(e.config.Seeds) && e.summary.result.Failure == "" {
			e.summary.result.Resume = resume{e.until, e.elapsed}.String()
		}
		return nil
	}
	for _, c := range e.files {
		if err := c.Remove(); err != nil {
			return err
		}
	}
	return nil
}
