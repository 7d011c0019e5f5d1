package training

import (
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/examples/internal/torch"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Scratch configures training from scratch.
type Scratch struct {
	Space  searchspace.Space
	Design network.Design
	Images *oracle.Images // not needed if PyTorch trains, which reads them itself
	Epochs int
	Rate   float64 // learning rate at the start; 0 means the trainer's default
	Seed   uint64
	Test   bool // measures test images too, if this program trains
	// Checkpoints is the directory for unfinished training runs, if this program trains; empty for none.
	Checkpoints string
}

// Open returns an evaluator that trains networks from scratch, with values in percent, and a function that closes it.
func (o *Options) Open(ctx context.Context, s Scratch) (evaluator.Evaluator, func() error, error) {
	pad, flip := o.Augmentation()
	if o.Trainer.Worker == torch.Go {
		e, err := oracle.New(oracle.Config{
			Design: s.Design, Images: s.Images, Seeds: []uint64{s.Seed}, Test: s.Test, Checkpoints: s.Checkpoints,
			Recipe: oracle.Recipe{Epochs: s.Epochs, Batch: o.Batch, LearningRate: s.Rate, Pad: pad, Flip: flip},
		})
		return e, func() error { return nil }, err
	}
	budget, err := o.Share()
	if err != nil {
		return nil, nil, err
	}
	budget["epochs"], budget["batch"], budget["pad"], budget["flip"] = float64(s.Epochs), float64(o.Batch), float64(pad), 0
	if flip {
		budget["flip"] = 1
	}
	if s.Rate != 0 {
		budget["rate"] = s.Rate
	}
	return o.Trainer.Open(ctx, torch.Training{
		Space: s.Space, Design: s.Design, Dataset: o.Data, Dir: o.Dir, Budget: budget, Seed: s.Seed,
		Objective: fmt.Sprintf("%+v", s.Design),
	})
}

// Share returns the parts of a budget that choose the images of a training in PyTorch.
func (o *Options) Share() (map[string]float64, error) {
	validation, fraction, err := torch.Share(o.Data, o.Dir, o.Train, o.Valid)
	return map[string]float64{"validation": validation, "fraction": fraction}, err
}

// Augmentation returns the largest number of pixels by which images are shifted, and whether they are mirrored.
func (o *Options) Augmentation() (pad int, flip bool) {
	if o.Augment {
		return 4, true
	}
	return 0, false
}
