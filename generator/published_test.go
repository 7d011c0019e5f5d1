package generator

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/searchspace"
)

// trained are the published spaces of what has to be trained, at their own sizes.
var trained = []searchspace.Space{searchspace.ENASMacro{}, searchspace.RandWire{}, searchspace.DARTS{}}

// smallTrained are the same at sizes at which all members can be listed.
var smallTrained = func() []searchspace.Space {
	enas, err := searchspace.NewENASMacro(3)
	if err != nil {
		panic(err)
	}
	randWire, err := searchspace.NewRandWire(4, 3)
	if err != nil {
		panic(err)
	}
	darts, err := searchspace.NewDARTS(1)
	if err != nil {
		panic(err)
	}
	return []searchspace.Space{enas, randWire, darts}
}()

func TestProbabilitiesOfTheTrainedSpacesSumToOne(t *testing.T) {
	counts := []int{6 * 6 * 6 * 8, 64 * 8, 49 * 49}
	for i, s := range smallTrained {
		all := enumerate(t, s)
		require.Len(t, all, counts[i])
		for model, make := range models {
			t.Run(s.Name()+", "+model, func(t *testing.T) {
				g := make(t, s, 1)
				for _, temperature := range []float64{0.3, 1} {
					assert.InDelta(t, 1, sum(probabilities(t, at(t, g, temperature), all)), 1e-4)
				}
				fit(t, g, 1, examples(1, all[0], all[len(all)-1]), FitOptions{Epochs: 50, Loss: LogLikelihood})
				p := probabilities(t, g, all)
				assert.InDelta(t, 1, sum(p), 1e-4)
				requireFrequencies(t, all, p, sample(t, g, 2, 5000))
			})
		}
	}
}

// TestProbabilitiesOfDARTSCellsSumToOne has a second intermediate node, which chooses what it reads, and no reduction cell.
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
			assert.InDelta(t, 1, sum(probabilities(t, make(t, normalCell{s}, 1), all)), 1e-4)
		})
	}
}

// normalCell is a DARTS space in which every decision about the reduction cell has one value.
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
	for _, s := range trained {
		for model, make := range models {
			t.Run(s.Name()+", "+model, func(t *testing.T) {
				g := make(t, s, 1)
				for _, temperature := range []float64{0.2, 1, 20} {
					for _, a := range sample(t, at(t, g, temperature), 2, 60) {
						require.NoError(t, s.Validate(a))
					}
				}
			})
		}
	}
}

// TestExplorersOfTheTrainedSpaces: whatever explores them by default stays in them.
func TestExplorersOfTheTrainedSpaces(t *testing.T) {
	for _, s := range trained {
		g, err := PaperExplorer(s)
		require.NoError(t, err)
		keys := map[string]bool{}
		for _, a := range sample(t, g, 1, 100) {
			require.NoError(t, s.Validate(a))
			keys[s.Key(a)] = true
		}
		assert.Len(t, keys, 100, "%s", s.Name())
	}
}

// TestDefaultSizesSuitTheTrainedSpaces: the network is large enough for their nodes and operations.
func TestDefaultSizesSuitTheTrainedSpaces(t *testing.T) {
	hidden := map[string]int{"enas-macro-12": 26, "randwire-32-32-32": 64, "darts-4": 24}
	for _, s := range trained {
		for _, form := range []Form{PaperForm, CausalForm} {
			t.Run(fmt.Sprintf("%s, form %d", s.Name(), form), func(t *testing.T) {
				g := newGRAN(t, s, Config{Form: form}, 1)
				assert.Equal(t, Config{Form: form, Hidden: hidden[s.Name()], Layers: 7, Attention: 128, Components: 10}, g.Config())
				archs := sample(t, g, 2, 2)
				report := fit(t, g, 3, examples(1, archs...), FitOptions{})
				assert.Equal(t, len(s.Parts()), report.Steps)
				require.NoError(t, s.Validate(sample(t, g, 4, 1)[0]))
			})
		}
	}
}

// BenchmarkTrainedSpaces is an untrained generator of the default sizes: a sample, and an epoch over 16 architectures in
// batches of two.
func BenchmarkTrainedSpaces(b *testing.B) {
	for _, s := range trained {
		for form, name := range []string{PaperForm: "paper", CausalForm: "causal"} {
			g := newGRAN(b, s, Config{Form: Form(form)}, 1)
			b.Run(s.Name()+"/"+name+"/sample", func(b *testing.B) {
				rng := newRand(2)
				for b.Loop() {
					_, err := g.Sample(background, rng, 1)
					require.NoError(b, err)
				}
			})
			b.Run(s.Name()+"/"+name+"/epoch", func(b *testing.B) {
				explorer, err := PaperExplorer(s)
				require.NoError(b, err)
				data := examples(1, sample(b, explorer, 3, 16)...)
				for b.Loop() {
					fit(b, g, 4, data, FitOptions{})
				}
			})
		}
	}
}
