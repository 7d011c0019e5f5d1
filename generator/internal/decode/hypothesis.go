package decode

import (
	"math"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Hypothesis is an architecture under construction.
type Hypothesis struct {
	Builder searchspace.Builder
	LogProb float64 // log-probability of the decisions so far
}

// Extended is a model's own hypothesis type: a pointer to a struct that embeds Hypothesis.
type Extended interface{ base() *Hypothesis }

func (h *Hypothesis) base() *Hypothesis { return h }

// New returns a hypothesis without decisions.
func New(space searchspace.Space) Hypothesis { return Hypothesis{Builder: space.Start()} }

// Take makes the next decision, which has the given log-probability.
func (h *Hypothesis) Take(value int, logProb float64) error {
	if err := h.Builder.Take(value); err != nil {
		return err
	}
	h.LogProb += logProb
	return nil
}

// Clone returns a copy that can be extended independently.
func (h *Hypothesis) Clone() Hypothesis { return Hypothesis{h.Builder.Clone(), h.LogProb} }

// Archs returns the architectures of complete hypotheses.
func Archs[H Extended](hypotheses []H) ([]searchspace.Arch, error) {
	archs := make([]searchspace.Arch, len(hypotheses))
	for i, h := range hypotheses {
		var err error
		if archs[i], err = h.base().Builder.Arch(); err != nil {
			return nil, err
		}
	}
	return archs, nil
}

// Draw returns the index of a value drawn according to its log-probability. It uses a random number
// only if there is a choice.
func Draw(rng *rand.Rand, logProbs []float64) int {
	if len(logProbs) == 1 {
		return 0
	}
	u := rng.Float64()
	for i, lp := range logProbs {
		u -= math.Exp(lp)
		if u < 0 {
			return i
		}
	}
	return len(logProbs) - 1
}
