package main

import (
	"context"
	"path/filepath"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/evaluator/supernet"
	"github.com/graphpnas/graphpnas/examples/internal/torch"
)

// sharedWeights are trained by this program or by a worker in PyTorch.
type sharedWeights interface {
	evaluator.Evaluator
	Train(ctx context.Context, sampler supernet.Sampler, steps int) (oracle.Figures, error)
	Steps() int
	TotalSteps() int
}

var _, _ sharedWeights = (*supernet.Supernet)(nil), (*supernet.Remote)(nil)

// share prepares the shared weights and the function that closes them.
func (l *lab) share(ctx context.Context, seed uint64) error {
	cover, err := supernet.ENASCover(l.layers)
	if err != nil {
		return err
	}
	recipe := supernet.Recipe{Epochs: l.Epochs, Batch: l.Batch, LearningRate: l.Rate}
	recipe.Pad, recipe.Flip = l.Augmentation()
	design := network.ENASMacro{Channels: l.channels, Shared: true}
	if l.Trainer.Worker == torch.Go {
		local, err := supernet.New(supernet.Config{
			Design: design, Cover: cover, Images: l.images, Recipe: recipe, ValidBatches: l.validBatches, Seed: seed,
		})
		if err != nil {
			return err
		}
		l.shared, l.closeShared = local, func() error { return nil }
		return l.kept.load(local)
	}
	budget, err := l.Share()
	if err != nil {
		return err
	}
	input, err := torch.Input(l.Data, l.Dir, 0)
	if err != nil {
		return err
	}
	// One process has the weights. It saves them itself, as it does those of training runs from scratch.
	trainer := l.Trainer
	trainer.Processes, trainer.Name = 1, trainer.Name+"-shared"
	if trainer.Checkpoints == "" && l.kept.dir != "" {
		trainer.Checkpoints = filepath.Join(l.kept.dir, "shared")
	}
	worker, closed, err := trainer.OpenWorker(ctx, torch.Training{Space: l.space, Design: design, Dataset: l.Data, Dir: l.Dir})
	if err != nil {
		return err
	}
	l.closeShared = closed
	l.shared, err = supernet.NewRemote(ctx, supernet.RemoteConfig{
		Space: l.space, Design: design, Input: input, Worker: evaluator.Retried{Evaluator: worker, Attempts: 3}, Recipe: recipe,
		ValidBatches: l.validBatches, Budget: budget, Seed: seed,
	}, cover[0])
	return err
}
