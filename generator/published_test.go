package generator_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestProbabilitiesOfTheTrainedSpacesSumToOne(t *testing.T) {
	counts := []int{6 * 6 * 6 * 8, 64 * 8, 49 * 49}
	for i, s := range modeltest.SmallTrained {
		all := modeltest.Enumerate(t, s)
		require.Len(t, all, counts[i])
		for model, make := range models {
			t.Run(s.Name()+", "+model, func(t *testing.T) {
				g := make(t, s, 1)
				for _, temperature := range []float64{0.3, 1} {
					assert.InDelta(t, 1, modeltest.Sum(modeltest.Probabilities(t, at(t, g, temperature), all)), 1e-4)
				}
				modeltest.Fit(t, g, 1, modeltest.Examples(1, all[0], all[len(all)-1]), generator.FitOptions{Epochs: 50, Loss: generator.LogLikelihood})
				p := modeltest.Probabilities(t, g, all)
				assert.InDelta(t, 1, modeltest.Sum(p), 1e-4)
				modeltest.RequireFrequencies(t, all, p, modeltest.Sample(t, g, 2, 5000))
			})
		}
	}
}

// TestProbabilitiesOfDARTSCellsSumToOne has a second intermediate node, which chooses what it
// reads, and no reduction cell.
func TestProbabilitiesOfDARTSCellsSumToOne(t *testing.T) {
	s, err := searchspace.NewDARTS(2)
	require.NoError(t, err)
	var all []searchspace.Arch
	for a, err := range searchspace.Enumerate(normalCell{s}.Start()) {
		require.NoError(t, err)
		all = append(all, a)
	}
	require.Len(t, all, 49*49*3)
	for model, make := range models {
		t.Run(model, func(t *testing.T) {
			assert.InDelta(t, 1, modeltest.Sum(modeltest.Probabilities(t, make(t, normalCell{s}, 1), all)), 1e-4)
		})
	}
}

// normalCell is a DARTS space in which every decision about the reduction cell has one allowed
// value.
type normalCell struct{ searchspace.DARTS }

func (s normalCell) Start() searchspace.Builder { return onlyNormal{s.DARTS.Start()} }

type onlyNormal struct{ searchspace.Builder }

func (b onlyNormal) Next() (searchspace.Decision, bool) {
	d, ok := b.Builder.Next()
	if ok && d.Part == 1 {
		d.Allowed = d.Allowed[:1]
	}
	return d, ok
}

func (b onlyNormal) Clone() searchspace.Builder { return onlyNormal{b.Builder.Clone()} }

func TestAllSamplesOfTheTrainedSpacesAreLegal(t *testing.T) {
	if race.Enabled {
		t.Skip("too long under the race detector, which other tests run under")
	}
	for _, s := range modeltest.Trained {
		for model, make := range models {
			t.Run(s.Name()+", "+model, func(t *testing.T) {
				g := make(t, s, 1)
				for _, temperature := range []float64{0.2, 1, 20} {
					for _, a := range modeltest.Sample(t, at(t, g, temperature), 2, 60) {
						require.NoError(t, s.Validate(a))
					}
				}
			})
		}
	}
}
