package decode

import (
	"fmt"

	"github.com/graphpnas/graphpnas/searchspace"
)

// MaxBatch is the largest number of architectures that models draw in one batch.
const MaxBatch = 256

// InBatches draws n architectures by calling sample for batches of at most the given size.
func InBatches(n, size int, sample func(n int) ([]searchspace.Arch, error)) ([]searchspace.Arch, error) {
	archs := make([]searchspace.Arch, 0, max(n, 0))
	for len(archs) < n {
		batch, err := sample(min(n-len(archs), size))
		if err != nil {
			return archs, fmt.Errorf("sampling: %w", err)
		}
		archs = append(archs, batch...)
	}
	return archs, nil
}
