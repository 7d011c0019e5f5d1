package decode

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/graphpnas/graphpnas/generator"
)

// CheckBeam returns an error if a beam of the given width cannot yield k results.
func CheckBeam(k, width int) error {
	if k < 1 || width < k {
		return fmt.Errorf("most probable architectures: k must be from 1 to the width of the beam, got k %d and width %d", k, width)
	}
	return nil
}

// Prune returns the most probable hypotheses of a beam, best first. It sorts the beam in place.
func Prune[H Extended](beam []H, width int) []H {
	slices.SortStableFunc(beam, func(a, b H) int { return cmp.Compare(b.base().LogProb, a.base().LogProb) })
	return beam[:min(width, len(beam))]
}

// Scored returns the architectures of complete hypotheses with their log-probabilities.
func Scored[H Extended](hypotheses []H) ([]generator.Scored, error) {
	archs, err := Archs(hypotheses)
	if err != nil {
		return nil, err
	}
	scored := make([]generator.Scored, len(hypotheses))
	for i, h := range hypotheses {
		scored[i] = generator.Scored{Arch: archs[i], LogProb: h.base().LogProb}
	}
	return scored, nil
}
