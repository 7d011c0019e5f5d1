package predictor

import (
	"context"
	"errors"
	"fmt"

	"github.com/graphpnas/graphpnas/internal/seed"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Trainer trains a Predictor on examples. It usually calls [Train] or [TrainProcess] with a configuration.
type Trainer func(ctx context.Context, data []Example) (*Predictor, error)

// CrossValidate predicts each example with a Predictor that was not trained on it. It divides the examples into folds at random, and
// predicts each fold with a Predictor trained on the others. Examples with the same key are in the same
// fold. Compare the predictions with the recorded values, for example by Kendall's τ, to choose a Trainer for the data.
//
// There must be at least 2 folds, and at least as many different keys as folds. CrossValidate also returns the errors of the Trainer
// and of [Predictor.Predict].
func CrossValidate(ctx context.Context, space searchspace.Space, data []Example, folds int, seed uint64, train Trainer) ([]float64, error) {
	fold, err := deal(space, data, folds, seed)
	if err != nil {
		return nil, fmt.Errorf("cross-validating: %w", err)
	}
	predicted := make([]float64, len(data))
	for k := range folds {
		var rest []Example
		var archs []searchspace.Arch
		var at []int
		for i, x := range data {
			if fold[i] == k {
				archs, at = append(archs, x.Arch), append(at, i)
			} else {
				rest = append(rest, x)
			}
		}
		p, err := train(ctx, rest)
		if err != nil {
			return nil, fmt.Errorf("fold %d of %d: %w", k+1, folds, err)
		}
		values, err := p.Predict(ctx, archs)
		if err != nil {
			return nil, fmt.Errorf("fold %d of %d: %w", k+1, folds, err)
		}
		for j, i := range at {
			predicted[i] = values[j]
		}
	}
	return predicted, nil
}

// foldDomain makes the random numbers of the folds independent of those of training.
const foldDomain seed.Domain = 0x666f6c64

// deal returns the fold of each example. Folds have nearly equal numbers of keys.
func deal(space searchspace.Space, data []Example, folds int, seed uint64) ([]int, error) {
	if space == nil {
		return nil, errors.New("the space must not be nil")
	}
	if folds < 2 {
		return nil, fmt.Errorf("there must be at least 2 folds, got %d", folds)
	}
	number, keys := map[string]int{}, make([]int, len(data))
	for i, x := range data {
		if err := space.Validate(x.Arch); err != nil {
			return nil, fmt.Errorf("example %d: %w", i, err)
		}
		key := space.Key(x.Arch)
		if _, seen := number[key]; !seen {
			number[key] = len(number)
		}
		keys[i] = number[key]
	}
	if len(number) < folds {
		return nil, fmt.Errorf("there must be at least as many different architectures as folds, got %[2]d architectures for %[1]d folds", folds, len(number))
	}
	order := foldDomain.Replica(seed, 0).Perm(len(number))
	for i, key := range keys {
		keys[i] = order[key] % folds
	}
	return keys, nil
}
