package generator

import (
	"context"
	"errors"
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
		drawn, err := m.of[rng.IntN(len(m.of))].Sample(ctx, rng, 1)
		if err != nil {
			return archs, err
		}
		archs = append(archs, drawn...)
	}
	return archs, nil
}
