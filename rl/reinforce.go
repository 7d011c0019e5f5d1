package rl

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Reinforce is the paper's method (arXiv 2211.15155, section 3.3). A generator learns from the
// results which architectures are good and proposes the next ones. Package rl/preset has the
// paper's settings.
//
// An explorer proposes the first trials, and later ones if the generator finds nothing new. Before
// every other group, the Learner trains the generator on the results. The group is then drawn from
// the generator, or chosen by a Ranker from many draws.
type Reinforce struct {
	// Model is the generator. The search starts with its current weights.
	Model generator.Model
	// Learner trains the model; nil means Replay{}.
	Learner Learner
	// Exploration determines which trials explore; nil means First(30). With a Ranker and Past
	// evaluations of other objectives, at most six trials explore.
	Exploration Schedule
	// Explorer draws the architectures of trials that explore; nil means the paper's
	// (explore.Paper). When it has nothing new left to draw, architectures are drawn uniformly.
	Explorer generator.GraphGenerator
	// Ranking lets a Ranker choose among many candidates. The zero Ranking takes the generator's
	// draws unranked.
	Ranking Ranking
	// Inspect is the number of samples that are drawn after each training run to describe the generator
	// in the group's Diagnostic, at least 2. Zero disables this.
	Inspect int
}

var (
	_ Method   = Reinforce{}
	_ Finisher = Reinforce{}
)

// Diagnostic is what Reinforce attaches to every Group of a History, as JSON.
type Diagnostic struct {
	// Explored is the number of the group's trials that the explorer proposed.
	Explored int `json:"explored"`
	// Samples is the number of architectures that the generator drew for the group.
	Samples int `json:"samples,omitempty"`
	// Within is the number of samples within the limits on figures that are known before evaluation.
	// It is nil if there are no such limits or no samples.
	Within *int `json:"within,omitempty"`
	// Candidates is the number of candidates that the Ranker chose from.
	Candidates int `json:"candidates,omitempty"`
	// Fit reports the training of the generator's weights, usually just before the group.
	Fit *generator.FitReport `json:"fit,omitempty"`
	// Entropy is the entropy of the trained generator in nats, and EntropyStdErr the standard error
	// of this estimate. Marginals are the generator's marginal probabilities.
	Entropy       float64              `json:"entropy,omitempty"`
	EntropyStdErr float64              `json:"entropy_std_err,omitempty"`
	Marginals     *generator.Marginals `json:"marginals,omitempty"`
	// Mass is the probability that the trained generator draws one of the best tenth of the evaluated
	// architectures, in the node order in which they were evaluated. It is nil if the generator was not
	// inspected.
	Mass *float64 `json:"mass,omitempty"`
	// Temperature is the generator's temperature, if it has a method Temperature, as those of
	// packages gran and lstm do.
	Temperature float64 `json:"temperature,omitempty"`
}

// Validate returns an error if a setting is out of range.
func (r Reinforce) Validate() error {
	if r.Model == nil {
		return errors.New("Reinforce: Model must not be nil")
	}
	if k := r.Ranking; k.Samples < 0 || k.Parents < 0 || k.Neighbors < 0 || k.Scattered < 0 || k.Refine < 0 {
		return fmt.Errorf("Reinforce: Ranking: Samples, Parents, Neighbors, Scattered and Refine must not be negative, got %d, %d, %d, %d and %d",
			k.Samples, k.Parents, k.Neighbors, k.Scattered, k.Refine)
	}
	if r.Inspect < 0 || r.Inspect == 1 {
		return fmt.Errorf("Reinforce: Inspect must be 0 or at least 2, got %d", r.Inspect)
	}
	if r.Ranking.Ranker != nil && r.learner().OnPolicy() {
		return errors.New("Reinforce: Ranking.Ranker must be nil with an on-policy Learner, which must see everything that the generator draws")
	}
	return errors.Join(Validate(r.learner()), Validate(r.Ranking.Ranker), Validate(r.Ranking.Design))
}

// ValidateFor returns an error that wraps generator.ErrOtherSpace if the Model generates architectures
// with other parts than those of the space.
func (r Reinforce) ValidateFor(space searchspace.Space) error {
	same := slices.EqualFunc(r.Model.Space().Parts(), space.Parts(), func(a, b searchspace.Part) bool {
		a.Rules, b.Rules = nil, nil // functions cannot be compared
		return reflect.DeepEqual(a, b)
	})
	if !same {
		return fmt.Errorf("Reinforce: Model: %w: it generates architectures of %q and the search is of %q, whose parts differ",
			generator.ErrOtherSpace, r.Model.Space().Name(), space.Name())
	}
	return nil
}

func (r Reinforce) learner() Learner {
	if r.Learner == nil {
		return Replay{}
	}
	return r.Learner
}

// Propose proposes explored architectures, or trains the generator and draws from it.
func (r Reinforce) Propose(ctx context.Context, s *State, n int) ([]Trial, error) {
	d := &drawing{Reinforce: r, state: s, candidates: s.NewCandidates(), rng: s.Rand(ToExplore)}
	if err := d.draw(ctx, n); err != nil {
		return nil, err
	}
	return d.trials, s.Diagnose(d.diagnostic)
}

// Finish trains the generator on all results.
func (r Reinforce) Finish(ctx context.Context, s *State) error {
	if len(s.Top(1)) == 0 {
		return nil
	}
	_, err := r.learner().Learn(ctx, s, r.Model)
	return err
}

// drawing is the state of drawing one group.
type drawing struct {
	Reinforce
	state      *State
	candidates *Candidates
	rng        *rand.Rand // for the explorer
	trials     []Trial
	diagnostic Diagnostic
}

// draw adds the trials that explore and then those of the generator.
func (d *drawing) draw(ctx context.Context, n int) error {
	exploring, err := d.exploring(n)
	if err != nil {
		return err
	}
	if exploring < n || d.learner().OnPolicy() { // an on-policy learner must learn from results when they arrive
		if err := d.learn(ctx); err != nil {
			return err
		}
	}
	if exploring > 0 {
		if err := d.explore(ctx, exploring); err != nil || exploring == n {
			return err
		}
	}
	if d.learner().OnPolicy() {
		return d.asDrawn(ctx, n-len(d.trials))
	}
	for _, t := range d.trials {
		d.candidates.Exclude(t.Arch)
	}
	propose := d.sample
	if d.Ranking.Ranker != nil {
		propose = d.rank
	}
	if err := propose(ctx, n-len(d.trials)); err != nil {
		return err
	}
	return d.explore(ctx, n-len(d.trials))
}

// learn trains the generator if an evaluation has succeeded.
func (d *drawing) learn(ctx context.Context) error {
	if len(d.state.Top(1)) == 0 {
		return nil
	}
	report, err := d.learner().Learn(ctx, d.state, d.Model)
	if err != nil {
		return err
	}
	if report.Steps > 0 {
		d.diagnostic.Fit = &report
	}
	return d.inspect(ctx)
}

// maxStaleDraws is the number of groups in a row without anything new after which an on-policy
// learner's group explores.
const maxStaleDraws = 20

// exploring returns how many of the group's n trials explore: all of them if there are no results
// to learn from.
func (d *drawing) exploring(n int) (int, error) {
	schedule := d.Exploration
	if schedule == nil {
		schedule = First(30)
	}
	if d.state.Stale() >= maxStaleDraws {
		return n, nil
	}
	if len(d.state.Others()) > 0 && d.Ranking.Ranker != nil && d.state.Proposed() >= warmTrials && len(d.state.Top(1)) > 0 {
		return 0, nil
	}
	rng, exploring := d.state.Rand(ToChoose), 0
	for i := range n {
		p := schedule(d.state.Proposed() + i)
		if !(p >= 0 && p <= 1) {
			return 0, fmt.Errorf("Reinforce: Exploration must return a probability from 0 to 1, got %v after %d architectures", p, d.state.Proposed()+i)
		}
		if rng.Float64() < p {
			exploring++
		}
	}
	if !d.learner().OnPolicy() && len(d.state.Top(1)) == 0 {
		return n, nil
	}
	return exploring, nil
}

// warmTrials is the number of trials that explore, suggestions from other objectives included, if
// there are Past evaluations of other objectives and a Ranker that may learn from them.
const warmTrials = 6

// inspect adds a description of the trained generator to the Diagnostic.
func (d *drawing) inspect(ctx context.Context) error {
	if d.Inspect == 0 {
		return nil
	}
	rng := d.state.Rand(ToInspect)
	entropy, stdErr, err := generator.EstimateEntropy(ctx, d.Model, rng, d.Inspect)
	if err != nil {
		return err
	}
	marginals, err := generator.EstimateMarginals(ctx, d.Model, d.state.Space(), rng, d.Inspect)
	if err != nil {
		return err
	}
	mass, err := d.mass(ctx)
	if err != nil {
		return err
	}
	d.diagnostic.Entropy, d.diagnostic.EntropyStdErr, d.diagnostic.Marginals, d.diagnostic.Mass = entropy, stdErr, &marginals, &mass
	if m, ok := d.Model.(interface{ Temperature() float64 }); ok {
		d.diagnostic.Temperature = m.Temperature()
	}
	return nil
}

// mass returns the probability of the best tenth of the evaluated architectures, at least one.
func (d *drawing) mass(ctx context.Context) (float64, error) {
	best := d.state.Top((len(d.state.Evaluations()) + 9) / 10)
	archs := make([]searchspace.Arch, len(best))
	for i, e := range best {
		archs[i] = e.Arch
	}
	logProbs, err := d.Model.LogProb(ctx, archs)
	mass := 0.0
	for _, p := range logProbs {
		mass += math.Exp(p)
	}
	return mass, err
}

// count counts samples of the generator and how many of them are within the limits.
func (d *drawing) count(archs []searchspace.Arch) {
	d.diagnostic.Samples += len(archs)
	if len(archs) == 0 || !d.state.Limited() {
		return
	}
	if d.diagnostic.Within == nil {
		d.diagnostic.Within = new(int)
	}
	for _, a := range archs {
		if d.state.WithinLimits(a) {
			*d.diagnostic.Within++
		}
	}
}

// asDrawn adds n trials exactly as the generator draws them. Their log-probabilities are recorded
// if the generator may learn before it sees their results. Only if the space or the limits forbid
// nearly all draws does the explorer fill up the group.
func (d *drawing) asDrawn(ctx context.Context, n int) error {
	rng := d.state.Rand(ToSample)
	var drawn []searchspace.Arch
	for try := 0; try < sampleTries && len(drawn) < n; try++ {
		archs, err := d.Model.Sample(ctx, rng, n-len(drawn))
		if err != nil {
			return err
		}
		d.count(archs)
		forbidden := func(a searchspace.Arch) bool {
			return d.state.Space().Validate(a) != nil || !d.state.WithinLimits(a)
		}
		drawn = append(drawn, slices.DeleteFunc(archs, forbidden)...)
	}
	logProbs := make([]float64, len(drawn))
	if d.state.Lag() > 1 {
		var err error
		if logProbs, err = d.Model.LogProb(ctx, drawn); err != nil {
			return err
		}
	}
	for i, a := range drawn {
		d.trials = append(d.trials, Trial{Arch: a, Source: SourceGenerator, LogProb: logProbs[i]})
	}
	return d.explore(ctx, n-len(drawn))
}

// The generator draws n·(1 + sampleGrowth·try) architectures in each of up to sampleTries tries,
// until enough are new.
const (
	sampleTries  = 20
	sampleGrowth = 5
)

// sample draws from the generator until n architectures are new, the tries run out, or a small
// space has no more.
func (d *drawing) sample(ctx context.Context, n int) error {
	rng := d.state.Rand(ToSample)
	for try := 0; try < sampleTries && d.candidates.Len() < n; try++ {
		if try > 0 && d.candidates.Exhausted() {
			break
		}
		archs, err := d.Model.Sample(ctx, rng, n*(1+sampleGrowth*try))
		if err != nil {
			return err
		}
		d.count(archs)
		for _, a := range archs {
			if d.candidates.Len() < n {
				d.candidates.Add(SourceGenerator, a)
			}
		}
	}
	d.trials = append(d.trials, d.candidates.Trials(n)...)
	return nil
}
