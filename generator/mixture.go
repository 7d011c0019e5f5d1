package generator

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Mixture draws each architecture from one of several generators, chosen uniformly. It does not
// learn.
type Mixture struct{ generators []GraphGenerator }

var _ GraphGenerator = (*Mixture)(nil)

// NewMixture returns a mixture of generators of the same space. It returns an error if there are
// none or one is nil.
func NewMixture(generators ...GraphGenerator) (*Mixture, error) {
	if len(generators) == 0 || slices.Contains(generators, nil) {
		return nil, errors.New("a mixture must have at least one generator, and none may be nil")
	}
	return &Mixture{slices.Clone(generators)}, nil
}

// Sample draws n architectures.
func (m *Mixture) Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	archs := make([]searchspace.Arch, 0, max(n, 0))
	for len(archs) < n {
		if ctx.Err() != nil {
			return archs, fmt.Errorf("sampling a mixture: %w", context.Cause(ctx))
		}
		drawn, err := m.generators[rng.IntN(len(m.generators))].Sample(ctx, rng, 1)
		if err != nil {
			return archs, err
		}
		if len(drawn) == 0 {
			return archs, errors.New("sampling a mixture: a generator returned no architecture")
		}
		archs = append(archs, drawn...)
	}
	return archs, nil
}
