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

// Config configures an Oracle. Design and Images are required.
type Config struct {
	// Design maps architectures to networks.
	Design network.Design
	// Images are the images for training and measuring.
	Images *Images
	// Recipe contains the hyperparameters of the training.
	Recipe Recipe
	// Seeds are the seeds of the training runs of an architecture. The figures of a result are means over all seeds. By default
	// there is one training run with seed 0.
	Seeds []uint64
	// Test measures networks on the test images too.
	Test bool
	// MemoryLimit is the maximum memory of one training run in bytes; 0 means 2 GiB. Parallel evaluations use a multiple of it.
	MemoryLimit int64
	// Checkpoints is a directory for checkpoints of running training runs. New creates it. Each training run has a file that is
	// named after a hash of everything that it depends on. With several seeds, the files of finished training runs are kept
	// until the evaluation is done. An evaluation with all epochs removes its files at the end; an evaluation at a smaller
	// budget keeps them, so that a larger budget can continue. Delete the directory after the search. Training runs can
	// continue on another machine if it is shared. If Checkpoints is "", evaluations always start from scratch.
	Checkpoints string
	// CheckpointEvery is the Every of the checkpoints.
	CheckpointEvery time.Duration
	// MeasureEvery is the number of epochs between two measurements of the validation accuracy during training, which are
	// passed to evaluator.Report. Before the last epoch, Training.Preview measures it. 0 means that it is only measured at the
	// end. MeasureEvery is ignored with several seeds.
	MeasureEvery int
}

// Oracle is an evaluator that trains architectures from scratch. Evaluations may run in parallel;
// the number of processors is a good choice for their number.
type Oracle struct {
	config     Config
	workspaces sync.Pool // of *network.Workspace
}

var _ evaluator.Budgeted = (*Oracle)(nil)

// New returns an oracle. It returns an error if the configuration is not valid, or if the directory
// of checkpoints cannot be created.
func New(c Config) (*Oracle, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("oracle: %w", err)
	}
	if len(c.Seeds) == 0 {
		c.Seeds = []uint64{0}
	}
	if c.Checkpoints != "" {
		if err := os.MkdirAll(c.Checkpoints, 0o777); err != nil {
			return nil, fmt.Errorf("oracle: checkpoints: %w", err)
		}
	}
	return &Oracle{config: c, workspaces: sync.Pool{New: func() any { return new(network.Workspace) }}}, nil
}

func (c Config) check() error {
	if c.Design == nil {
		return errors.New("Config.Design must not be nil")
	}
	if err := c.Images.check(); err != nil {
		return err
	}
	switch {
	case c.MemoryLimit < 0:
		return fmt.Errorf("Config.MemoryLimit must not be negative, got %d", c.MemoryLimit)
	case c.CheckpointEvery < 0:
		return fmt.Errorf("Config.CheckpointEvery must not be negative, got %v", c.CheckpointEvery)
	case c.MeasureEvery < 0:
		return fmt.Errorf("Config.MeasureEvery must not be negative, got %d", c.MeasureEvery)
	case c.Test && c.Images.Test == nil:
		return errors.New("Config.Test needs test images, but Images.Test is nil")
	}
	recipe := c.Recipe.withDefaults()
	if err := recipe.check(); err != nil {
		return err
	}
	_, _, err := c.Images.trainedOn(&recipe, 0)
	return err
}

// Evaluate trains the architecture's network with each seed. The result's value is the accuracy on the validation images in
// percent. Its cost is the time of training and measuring, including the part before a checkpoint. The constants of this package
// name its metrics.
//
// If a training run diverges, Evaluate returns a result whose value is the accuracy of random
// guessing, so that a search can learn from it, and whose Failure names the epoch and batch. Such a
// result has no losses and accuracies.
//
// If an architecture cannot be trained, for example because it is too large (network.ErrTooLarge), the error names it and is
// [evaluator.Permanent]. If images cannot be read or checkpoints cannot be written, the error wraps evaluator.ErrBroken.
// After ctx has ended, Evaluate returns within the time of a batch.
//
// Evaluate passes its progress to evaluator.Report after each epoch, with the validation accuracy
// if Config.MeasureEvery requires it.
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

// run trains from the last checkpoint to the last epoch. It ignores and later replaces a checkpoint that is damaged or belongs to
// another training run: the training ends with the same weights without it, while an error would end the search or be recorded as
// a failure of the architecture.
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

// broken wraps errors of files with evaluator.ErrBroken, because they affect all evaluations.
func broken(err error) error {
	if pathError, linkError := new(os.PathError), new(os.LinkError); !errors.Is(err, evaluator.ErrBroken) &&
		(errors.As(err, &pathError) || errors.As(err, &linkError)) {
		return fmt.Errorf("%w: %w", evaluator.ErrBroken, err)
	}
	return err
}

// measure adds the figures of a finished training run to the summary.
func (o *Oracle) measure(ctx context.Context, t *Training, s *summary) error {
	begun := time.Now()
	valid, err := t.figures(ctx, o.config.Images.Valid)
	if err != nil {
		return err
	}
	test := (*Figures)(nil)
	if o.config.Test {
		figures, err := t.figures(ctx, o.config.Images.Test)
		if err != nil {
			return err
		}
		test = &figures
	}
	s.add(t.Progress().Train, valid, test)
	s.result.Cost += time.Since(begun)
	return nil
}
