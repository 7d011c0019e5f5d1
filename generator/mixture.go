package generator

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Mixture draws each architecture from one of several generators, each as likely as the others. It does not learn.
type Mixture struct{ of []GraphGenerator }

var _ GraphGenerator = (*Mixture)(nil)

// NewMixture mixes generators of one space.
func NewMixture(of ...GraphGenerator) (*Mixture, error) {
	if len(of) == 0 || slices.Contains(of, nil) {
		return nil, errors.New("a mixture of no generator, or of one that is nil")
	}
	return &Mixture{slices.Clone(of)}, nil
}

// Sample draws n architectures.
func (m *Mixture) Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	archs := make([]searchspace.Arch, 0, max(n, 0))
	for len(archs) < n {
		if ctx.Err() != nil {
			return archs, fmt.Errorf("sampling a mixture: %w", context.Cause(ctx))
		}
		drawn, err := m.of[rng.IntN(len(m.of))].Sample(ctx, rng, 1)
		if err != nil {
			return archs, err
		}
		if len(drawn) == 0 {
			return archs, errors.New("sampling a mixture: a generator of it has drawn nothing")
		}
		archs = append(archs, drawn...)
	}
	return archs, nil
}
