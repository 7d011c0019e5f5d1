package predictor

import (
	"context"
	"errors"
	"fmt"

	"github.com/graphpnas/graphpnas/internal/seed"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Trainer learns from examples. It is usually a call of [Train] or [TrainProcess] with a configuration.
type Trainer func(ctx context.Context, data []Example) (*Predictor, error)

// CrossValidate returns a prediction for every example by a Predictor that was not trained on it. It deals the examples into folds
// at random, with those of one key in one fold, and predicts those of each fold by a Predictor trained on the others. How well
// the predictions correlate with the recorded values, by Kendall's τ for instance, shows which Trainer suits the data.
//
// There must be at least 2 folds, and at least as many keys. Other errors are those of the Trainer and of [Predictor.Predict].
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

// foldDomain keeps the random numbers of folds apart from those of training.
const foldDomain seed.Domain = 0x666f6c64

// deal returns the fold of each example. Folds have nearly equal numbers of keys.
func deal(space searchspace.Space, data []Example, folds int, seed uint64) ([]int, error) {
	if space == nil {
		return nil, errors.New("no space")
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
		return nil, fmt.Errorf("%d folds need at least as many different architectures, got %d", folds, len(number))
	}
	order := foldDomain.Replica(seed, 0).Perm(len(number))
	for i, key := range keys {
		keys[i] = order[key] % folds
	}
	return keys, nil
}
