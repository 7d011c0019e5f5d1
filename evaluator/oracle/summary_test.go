package oracle

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestOneTrainingOfSeveralDiverges checks that a diverged training counts with the accuracy of
// guessing, and that no figure is a mean over fewer training runs than the others.
func TestOneTrainingOfSeveralDiverges(t *testing.T) {
	for place := range 3 {
		s := &summary{share: 1. / 3, guess: 10}
		s.result.Metrics = map[string]float64{}
		for i := range 3 {
			if i == place {
				s.addGuess(errors.New("diverged"))
				continue
			}
			s.add(Figures{1, 90}, Figures{1, 70}, &Figures{1, 60})
		}
		assert.InDelta(t, 50, s.result.Value, 1e-9)
		assert.Equal(t, "diverged", s.result.Failure)
		assert.Empty(t, s.result.Metrics)
	}
}
