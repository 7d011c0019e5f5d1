package oracle

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Config is what an Oracle does.
type Config struct {
	// Design turns an architecture into a network.
	Design network.Design
	// Images are what it is trained and measured on.
	Images *Images
	// Recipe says how, and for how long.
	Recipe Recipe
	// Seeds are those of as many trainings, of whose figures the result has the means; none: a single one, of seed 0.
	Seeds []uint64
	// Test has networks measured on the test images too.
	Test bool
	// MemoryLimit is how many bytes a training may take, of which as many run as evaluations at a time; 0: 2 GiB.
	MemoryLimit int64
	// Checkpoints is a folder for trainings that are running, each in a file named after a hash of everything that it depends
	// on. With several seeds, those that are done are kept there as well. When an evaluation with all epochs is done, its files
	// are removed; after one with fewer epochs they stay, for a larger budget to continue from. Delete the folder after the
	// search. Trainings continue on another machine if the folder is shared. New creates the folder. If it is empty,
	// evaluations always begin from scratch.
	Checkpoints string
	// CheckpointEvery is as in Checkpoint.
	CheckpointEvery time.Duration
	// MeasureEvery is after how many epochs the validation accuracy is measured and reported (evaluator.Report) while a
	// network is trained; 0 means only at the end. It applies if there is one seed.
	MeasureEvery int
}

// Oracle trains architectures from scratch, as an evaluator. Evaluations at a time train beside each other, best as
// many as there are processors.
type Oracle struct {
	config     Config
	workspaces sync.Pool // of *network.Workspace
}

var _ evaluator.Budgeted = (*Oracle)(nil)

// New makes an oracle. The error says what of the configuration cannot be.
func New(c Config) (*Oracle, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("an oracle: %w", err)
	}
	if len(c.Seeds) == 0 {
		c.Seeds = []uint64{0}
	}
	if c.Checkpoints != "" {
		if err := os.MkdirAll(c.Checkpoints, 0o777); err != nil {
			return nil, fmt.Errorf("an oracle's checkpoints: %w", err)
		}
	}
	return &Oracle{config: c, workspaces: sync.Pool{New: func() any { return new(network.Workspace) }}}, nil
}

func (c Config) check() error {
	if c.Design == nil {
		return errors.New("no design")
	}
	if err := c.Images.check(); err != nil {
		return err
	}
	if c.MeasureEvery < 0 {
		return fmt.Errorf("MeasureEvery must not be negative, got %d", c.MeasureEvery)
	}
	if c.Test && c.Images.Test == nil {
		return errors.New("no test images")
	}
	recipe := c.Recipe.withDefaults()
	if err := recipe.check(); err != nil {
		return err
	}
	_, _, err := c.Images.trainedOn(&recipe, 0)
	return err
}

// Evaluate trains the architecture's network with each seed. The result's value is the accuracy on the validation images in
// percent. Its cost is the time of training and measuring, including what was done before a checkpoint. Its metrics are those
// named by the constants of this package.
//
// A training that diverges is a result: its value is the accuracy of guessing, for a search to learn from, and Failure says
// where it happened. There are no figures of loss and accuracy then.
//
// Errors of an architecture that cannot be trained, such as one that is too large (network.ErrTooLarge), name it and are
// permanent in the sense of [evaluator.Permanent]. Images that cannot be read and checkpoints that cannot be written wrap
// evaluator.ErrBroken. Evaluate returns within a batch after ctx ends.
//
// After each epoch the progress is reported (evaluator.Report), with the validation accuracy as Config.MeasureEvery says.
func (o *Oracle) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return o.EvaluateAt(ctx, a, evaluator.Budget{})
}

func (o *Oracle) evaluate(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	plan, err := network.NewPlan(o.config.Design, a, o.config.Images.Input())
	if err != nil {
		return evaluator.Result{}, err
	}
	until, err := o.epochs(b)
	if err != nil {
		return evaluator.Result{}, err
	}
	e := evaluation{
		Oracle: o, plan: plan, until: until, whole: until == o.config.Recipe.withDefaults().Epochs,
		left: readResume(b.Resume, until, len(o.config.Seeds)), summary: newSummary(plan, len(o.config.Seeds)),
	}
	for i := range o.config.Seeds {
		if err := e.train(ctx, i); err != nil {
			return evaluator.Result{}, err
		}
	}
	if err := e.tidy(); err != nil {
		return evaluator.Result{}, broken(err)
	}
	return e.summary.result, nil
}

// run trains until the last epoch, from the last checkpoint on. A checkpoint that is damaged or belongs to another training is
// ignored and replaced in time: without it the training comes to the same weights, whereas an error would end the search, or
// count against the architecture.
func (o *Oracle) run(ctx context.Context, t *Training, c Checkpoint) error {
	if o.config.Checkpoints == "" {
		for c.goes(t) {
			if err := c.epoch(ctx, t); err != nil {
				return err
			}
		}
		return nil
	}
	err := c.Run(ctx, t)
	if errors.Is(err, ErrFormat) || errors.Is(err, ErrOtherTraining) {
		if err := c.Remove(); err != nil {
			return broken(err)
		}
		err = c.Run(ctx, t)
	}
	return broken(err)
}

// broken marks the errors of files, which concern all evaluations.
func broken(err error) error {
	if pathError, linkError := new(os.PathError), new(os.LinkError); !errors.Is(err, evaluator.ErrBroken) &&
		(errors.As(err, &pathError) || errors.As(err, &linkError)) {
		return fmt.Errorf("%w: %w", evaluator.ErrBroken, err)
	}
	return err
}

// measure adds the figures of a training that has come to its last epoch.
func (o *Oracle) measure(ctx context.Context, t *Training, s *summary) error {
	begun := time.Now()
	valid, err := t.Measure(ctx, o.config.Images.Valid)
	if err != nil {
		return err
	}
	test := (*Figures)(nil)
	if o.config.Test {
		figures, err := t.Measure(ctx, o.config.Images.Test)
		if err != nil {
			return err
		}
		test = &figures
	}
	s.add(t.Progress().Train, valid, test)
	s.result.Cost += time.Since(begun)
	return nil
}
