package bayes

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// mostOthers is the number of evaluations of another objective to learn from: half are the best,
// and half are evenly spaced over the rest.
const mostOthers = 200

// The prior of the slope between another objective's scores and this one's is otherSlope with the
// weight of otherPrior evaluations.
const (
	otherPrior = 3.0
	otherSlope = 0.5
)

// otherObjective predicts the normal scores of another objective.
type otherObjective struct {
	*memory
	seen       *sample
	posteriors []*posterior
	scores     map[string]float64 // predictions, by the text of an architecture
}

type otherObjectiveKey struct{ number int }

// otherObjectiveOf returns the predictor of another objective. It is made once per search.
func otherObjectiveOf(s *rl.State, number int) (*otherObjective, error) {
	type made struct {
		*otherObjective
		err error
	}
	m := s.Memo(otherObjectiveKey{number}, func() any {
		e, err := newOtherObjective(s, s.Others()[number])
		return made{e, err}
	}).(made)
	return m.otherObjective, m.err
}

func newOtherObjective(s *rl.State, evaluations []rl.Evaluation) (*otherObjective, error) {
	good := slices.DeleteFunc(slices.Clone(evaluations), func(e rl.Evaluation) bool { return !e.OK() })
	slices.SortStableFunc(good, func(a, b rl.Evaluation) int { return -cmp.Compare(a.Result.Value, b.Result.Value) })
	values := make([]float64, len(good))
	for i, e := range good {
		values[i] = e.Result.Value
	}
	scores := normalScores(values)
	if rest := len(good) - mostOthers/2; rest > mostOthers/2 {
		chosen, kept := good[:mostOthers/2:mostOthers/2], scores[:mostOthers/2:mostOthers/2]
		for i := range mostOthers / 2 {
			at := mostOthers/2 + i*rest/(mostOthers/2)
			chosen, kept = append(chosen, good[at]), append(kept, scores[at])
		}
		good, scores = chosen, kept
	}
	e := &otherObjective{memory: newMemory(s.Space()), scores: map[string]float64{}}
	e.memory.learn(good)
	numbers := make([]int, len(good))
	for i := range numbers {
		numbers[i] = i
	}
	e.seen = e.memory.sampleOf(numbers, false)
	var err error
	if e.posteriors, err = fullGrid.fit(e.seen, scores, averaged.models); err != nil {
		return nil, fmt.Errorf("fitting a Gaussian process to %d evaluations of another objective: %w", len(good), err)
	}
	return e, nil
}

// predict returns the predicted scores of architectures.
func (e *otherObjective) predict(archs []archText) []float64 {
	var fresh []searchspace.Arch
	var texts []string
	for _, a := range archs {
		if _, ok := e.scores[a.text]; !ok {
			e.scores[a.text] = 0
			fresh, texts = append(fresh, a.Arch), append(texts, a.text)
		}
	}
	if len(fresh) > 0 {
		p := predict(e.seen, e.posteriors, e.memory.measured(fresh))
		for i, text := range texts {
			e.scores[text] = p.mean[i]
		}
	}
	scores := make([]float64, len(archs))
	for i, a := range archs {
		scores[i] = e.scores[a.text]
	}
	return scores
}

// transfer returns the prior means of the scores of evaluations and of candidates according to
// other objectives. The slope for each objective is regressed on the scores, so it falls to zero if
// the objectives disagree. Only its certain part is used (see certainSlope).
func transfer(s *rl.State, seen []archText, scores []float64, candidates []archText) (known, expected []float64, err error) {
	known, expected = make([]float64, len(seen)), make([]float64, len(candidates))
	left := slices.Clone(scores)
	for number := range s.Others() {
		e, err := otherObjectiveOf(s, number)
		if err != nil {
			return nil, nil, err
		}
		z := e.predict(seen)
		slope := certainSlope(z, left)
		if slope == 0 {
			continue
		}
		for i := range z {
			known[i], left[i] = known[i]+slope*z[i], left[i]-slope*z[i]
		}
		for i, v := range e.predict(candidates) {
			expected[i] += slope * v
		}
	}
	return known, expected, nil
}

// certainSlope regresses scores on predictions and returns the slope minus its standard error, at
// least 0. With fewer than ten evaluations, only part of the standard error is subtracted.
func certainSlope(z, scores []float64) float64 {
	zz, zw, ww := otherPrior, otherPrior*otherSlope, otherPrior
	mz, mw := 0.0, 0.0
	if len(z) > 1 {
		mz, mw = stat.Mean(z, nil), stat.Mean(scores, nil)
	}
	for i := range z {
		a, b := z[i]-mz, scores[i]-mw
		zz, zw, ww = zz+a*a, zw+a*b, ww+b*b
	}
	slope, n := zw/zz, float64(len(z))
	variance := max(0, ww-slope*zw) / (n + otherPrior)
	return max(0, slope-min(1, n/10)*math.Sqrt(variance/zz))
}
