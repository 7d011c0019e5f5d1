package oracle

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Config is what an Oracle does.
type Config struct {
	// Design says which network an architecture stands for.
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
	// Checkpoints is a folder for trainings that are under way, each in a file named by what it follows from. Of several seeds
	// those that are done are kept there as well; when the evaluation is done its files are removed. New makes the folder.
	// Empty: an evaluation that is stopped begins again.
	Checkpoints string
	// CheckpointEvery is as in Checkpoint.
	CheckpointEvery time.Duration
}

// Oracle trains architectures from scratch, as an evaluator. Evaluations at a time train beside each other, best as
// many as there are processors.
type Oracle struct {
	config     Config
	workspaces sync.Pool // of *network.Workspace
}

var _ evaluator.Evaluator = (*Oracle)(nil)

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

// Evaluate trains the architecture's network with each seed. The result's value is the accuracy on the validation images
// in percent, its cost the time of training and measuring, that before a checkpoint too. Its metrics are those named by
// the constants of this package.
//
// A training that diverges is a result: its value is the accuracy of guessing, for a search to learn from, and Failure says
// where it happened. There are no figures of loss and accuracy then.
//
// Errors of an architecture that cannot be trained, such as one that is too large (network.ErrTooLarge), name it and are
// permanent in the sense of [evaluator.Permanent]. Images that cannot be read and checkpoints that cannot be written wrap
// evaluator.ErrBroken. The end of ctx is heeded within a batch.
func (o *Oracle) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	r, err := evaluator.Try(ctx, evaluator.Func(o.evaluate), a)
	if errors.Is(err, evaluator.ErrPanic) { // in the design
		err = fmt.Errorf("training of %v: %w", a, err)
	}
	return r, err
}

func (o *Oracle) evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	plan, err := network.NewPlan(o.config.Design, a, o.config.Images.Input())
	if err != nil {
		return evaluator.Result{}, err
	}
	s := newSummary(plan, len(o.config.Seeds))
	files := make([]Checkpoint, len(o.config.Seeds))
	for i, seed := range o.config.Seeds {
		more := i+1 < len(files)
		if files[i], err = o.train(ctx, plan, seed, more, s); err != nil {
			return evaluator.Result{}, err
		}
	}
	if o.config.Checkpoints != "" {
		for _, c := range files {
			if err := c.Remove(); err != nil {
				return evaluator.Result{}, broken(err)
			}
		}
	}
	return s.result, nil
}

// train trains with one seed and adds its figures. Where there are more seeds to come, it leaves the training's checkpoint.
func (o *Oracle) train(ctx context.Context, plan *network.Plan, seed uint64, more bool, s *summary) (Checkpoint, error) {
	space := o.workspaces.Get().(*network.Workspace)
	defer o.workspaces.Put(space)
	t, err := NewTraining(plan, o.config.Images, o.config.Recipe, Options{Seed: seed, MemoryLimit: o.config.MemoryLimit, Workspace: space})
	if err != nil {
		return Checkpoint{}, err
	}
	c := o.checkpoint(t, more)
	err = o.run(ctx, t, c)
	s.addTime(t.Progress().Elapsed)
	if err == nil {
		err = o.measure(ctx, t, s)
	}
	if errors.Is(err, ErrDiverged) {
		s.addGuess(fmt.Errorf("seed %d: %w", seed, err))
		err = nil
	}
	return c, err
}

func (o *Oracle) checkpoint(t *Training, atEnd bool) Checkpoint {
	path := filepath.Join(o.config.Checkpoints, t.fingerprint+".safetensors")
	return Checkpoint{Path: path, Every: o.config.CheckpointEvery, atEnd: atEnd}
}

// run trains, from the last checkpoint on. One that is damaged, or of another training under this one's name, is ignored and
// in time replaced: without it the training comes to the same weights, whereas an error would end the search, or count as
// the architecture's.
func (o *Oracle) run(ctx context.Context, t *Training, c Checkpoint) error {
	if o.config.Checkpoints == "" {
		return t.Run(ctx)
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

// measure adds the figures of a training that is done.
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
