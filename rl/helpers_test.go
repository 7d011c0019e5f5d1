package rl_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/rl/bayes"
	"github.com/graphpnas/graphpnas/rl/internal/searchtest"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// madeSpace returns a space whose only rules are those of its parts.
func madeSpace(t testing.TB, parts ...searchspace.Part) searchspace.Space {
	s, err := searchspace.New("made", parts)
	require.NoError(t, err)
	return s
}

var (
	smallSpace = searchtest.SmallSpace
	countEdges = searchtest.CountEdges
)

// hashOf returns a number from 0 to n−1 that depends only on an architecture.
func hashOf(a searchspace.Arch, n int) int {
	h := fnv.New32a()
	io.WriteString(h, a.String())
	return int(h.Sum32() % uint32(n))
}

var errMemory = errors.New("out of memory")

// rugged is an evaluator whose values depend only on the architecture, with a metric and a cost.
// One in seven evaluations fails.
var rugged = evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	if hashOf(a, 7) == 3 {
		return evaluator.Result{}, errMemory
	}
	r, err := countEdges(ctx, a)
	r.Value += float64(hashOf(a, 1000)) / 500
	r.Metrics = map[string]float64{"nodes": float64(a.Part(0).Len())}
	r.Cost = time.Duration(1+hashOf(a, 977)) * time.Second
	return r, err
})

// delayed is an evaluator that first waits for a time that depends on the seed and on the order of
// calls.
func delayed(e evaluator.Evaluator, seed uint64) evaluator.Evaluator {
	var mu sync.Mutex
	rng := rand.New(rand.NewPCG(seed, 77))
	return evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
		mu.Lock()
		d := time.Duration(1 + rng.Int64N(1e6))
		mu.Unlock()
		time.Sleep(d)
		return e.Evaluate(ctx, a)
	})
}

// failing is an explorer that draws nothing and returns an error.
type failing struct{ err error }

func (f failing) Sample(context.Context, *rand.Rand, int) ([]searchspace.Arch, error) {
	return nil, f.err
}

// counting is an explorer that counts its draws.
type counting struct {
	generator.GraphGenerator
	drawn int
}

func (c *counting) Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	c.drawn += n
	return c.GraphGenerator.Sample(ctx, rng, n)
}

// smallGRAN returns a generator that trains quickly.
func smallGRAN(t testing.TB, space searchspace.Space) *gran.Model {
	g, err := gran.New(space, gran.Config{Layers: 2, Attention: 16, Components: 4}, rand.New(rand.NewPCG(9, 9)))
	require.NoError(t, err)
	return g
}

// tinyGRAN returns a generator that trains even faster.
func tinyGRAN(t testing.TB, space searchspace.Space) *gran.Model {
	g, err := gran.New(space, gran.Config{Form: gran.CausalForm, Hidden: 8, Layers: 1, Attention: 4, Components: 2}, rand.New(rand.NewPCG(9, 9)))
	require.NoError(t, err)
	return g
}

// recorder is a model that draws uniformly and records its training data.
type recorder struct {
	*explore.Uniform
	space    searchspace.Space
	resets   int
	fits     [][]generator.Example
	opts     []generator.FitOptions
	logProb  func(searchspace.Arch) float64
	logProbs int // number of calls of LogProb
}

func newRecorder(space searchspace.Space) *recorder {
	return &recorder{Uniform: explore.NewUniform(space), space: space}
}

func (r *recorder) Space() searchspace.Space { return r.space }

func (r *recorder) LogProb(_ context.Context, archs []searchspace.Arch) ([]float64, error) {
	r.logProbs++
	if r.logProb == nil {
		return nil, errors.New("a recorder has no probabilities")
	}
	logProbs := make([]float64, len(archs))
	for i, a := range archs {
		logProbs[i] = r.logProb(a)
	}
	return logProbs, nil
}

func (r *recorder) Fit(_ context.Context, _ *rand.Rand, data []generator.Example, o generator.FitOptions) (generator.FitReport, error) {
	r.fits, r.opts = append(r.fits, data), append(r.opts, o)
	return generator.FitReport{Steps: 1}, nil
}

func (r *recorder) Reset(*rand.Rand) { r.resets++ }

func (r *recorder) MostProbable(context.Context, int, int) ([]generator.Scored, error) {
	return nil, errors.New("a recorder has no probabilities")
}

func (r *recorder) Save(io.Writer) error { return nil }

// judge is a ranker that chooses the candidates with the highest scores.
type judge func(candidates []searchspace.Arch) ([]float64, error)

func (j judge) Rank(_ context.Context, _ *rl.State, candidates []searchspace.Arch, n int) ([]int, error) {
	scores, err := j(candidates)
	if err != nil {
		return nil, err
	}
	places := make([]int, len(candidates))
	for i := range places {
		places[i] = i
	}
	slices.SortStableFunc(places, func(a, b int) int {
		switch {
		case scores[a] > scores[b]:
			return -1
		case scores[a] < scores[b]:
			return 1
		}
		return 0
	})
	return places[:min(n, len(places))], nil
}

// byEdges scores like countEdges.
func byEdges(candidates []searchspace.Arch) ([]float64, error) {
	scores := make([]float64, len(candidates))
	for i, a := range candidates {
		r, err := countEdges(context.Background(), a)
		if err != nil {
			return nil, err
		}
		scores[i] = r.Value
	}
	return scores, nil
}

// methods returns every kind of method of this module, fast enough for tests.
var methods = map[string]func(testing.TB, searchspace.Space) rl.Method{
	"random": func(testing.TB, searchspace.Space) rl.Method { return baseline.RandomSearch{} },
	"evolution": func(testing.TB, searchspace.Space) rl.Method {
		return baseline.RegularizedEvolution{Population: 6, Sample: 3}
	},
	"local":       func(testing.TB, searchspace.Space) rl.Method { return baseline.LocalSearch{} },
	"process":     func(testing.TB, searchspace.Space) rl.Method { return bayes.GaussianProcess{} },
	"average":     func(testing.TB, searchspace.Space) rl.Method { return bayes.ModelAverage{} },
	"improvement": func(testing.TB, searchspace.Space) rl.Method { return bayes.HypervolumeImprovement{} },
	"nsga2":       func(testing.TB, searchspace.Space) rl.Method { return baseline.NSGA2{Population: 6} },
	"replay": func(t testing.TB, s searchspace.Space) rl.Method {
		return rl.Reinforce{Model: tinyGRAN(t, s), Exploration: rl.First(5), Learner: rl.Replay{Keep: 4, Epochs: 2}}
	},
	"on-policy": func(t testing.TB, s searchspace.Space) rl.Method {
		return rl.Reinforce{Model: tinyGRAN(t, s), Exploration: rl.Harmonic(2), Learner: rl.OnPolicy{LearningRate: 5e-3}}
	},
	"ranked": func(t testing.TB, s searchspace.Space) rl.Method {
		return rl.Reinforce{
			Model: tinyGRAN(t, s), Exploration: rl.First(4), Learner: rl.Replay{Keep: 4, Epochs: 2, Lazy: true}, Inspect: 2,
			Ranking: rl.Ranking{Ranker: bayes.ModelAverage{}, Samples: 10, Parents: 1, Scattered: 20},
		}
	},
}

// methodFunc is a function as a method.
type methodFunc func(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error)

func (f methodFunc) Propose(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
	return f(ctx, s, n)
}

// listed proposes the given architectures one after the other, known or not.
func listed(archs []searchspace.Arch) rl.Method {
	return methodFunc(func(_ context.Context, s *rl.State, n int) ([]rl.Trial, error) {
		next := len(s.Trials()) + len(s.Running())
		var trials []rl.Trial
		for _, a := range archs[min(next, len(archs)):min(next+n, len(archs))] {
			trials = append(trials, rl.Trial{Arch: a})
		}
		return trials, nil
	})
}

// draws returns n different members of a space.
func draws(t testing.TB, space searchspace.Space, n int) []searchspace.Arch {
	g := explore.NewUniformLabels(space)
	rng := rand.New(rand.NewPCG(1, 1))
	var archs []searchspace.Arch
	keys := map[string]bool{}
	for len(archs) < n {
		drawn, err := g.Sample(context.Background(), rng, 1)
		require.NoError(t, err)
		if key := space.Key(drawn[0]); !keys[key] {
			keys[key] = true
			archs = append(archs, drawn[0])
		}
	}
	return archs
}

// mustNew returns a search whose configuration must be valid.
func mustNew(t testing.TB, space searchspace.Space, m rl.Method, c rl.Config) *rl.Search {
	t.Helper()
	s, err := rl.New(space, m, c)
	require.NoError(t, err)
	return s
}

// mustRun runs a search whose configuration must be valid.
func mustRun(t testing.TB, space searchspace.Space, m rl.Method, e evaluator.Evaluator, c rl.Config) (*rl.History, error) {
	t.Helper()
	return mustNew(t, space, m, c).Run(context.Background(), e)
}

// try evaluates like Run.
func try(e evaluator.Evaluator, a searchspace.Arch) (evaluator.Result, error) {
	r, err := evaluator.Try(context.Background(), e, a)
	if err != nil {
		err = fmt.Errorf("evaluating [%v]: %w", a, err)
	}
	return r, err
}

// loop calls Ask and Tell in random order.
type loop struct {
	search    *rl.Search
	evaluator evaluator.Evaluator
	rng       *rand.Rand
	open      []rl.Trial
	done      bool
	err       error
}

// step asks for some trials or tells the result of an open one. It returns false if there is
// nothing left to do.
func (l *loop) step() bool {
	if !l.done && (len(l.open) == 0 || l.rng.IntN(3) > 0) {
		trials, err := l.search.Ask(context.Background(), 1+l.rng.IntN(5))
		switch {
		case err == nil:
			l.open = append(l.open, trials...)
			return true
		case errors.Is(err, rl.ErrDone):
			l.done = true
		case !errors.Is(err, rl.ErrWait):
			l.done, l.err = true, err
			return false
		case len(l.open) == 0:
			l.done, l.err = true, errors.New("ErrWait although nothing runs")
			return false
		}
	}
	if len(l.open) == 0 {
		return !l.done
	}
	i := l.rng.IntN(len(l.open))
	t := l.open[i]
	l.open = slices.Delete(l.open, i, i+1)
	r, err := try(l.evaluator, t.Arch)
	if l.err = l.search.Tell(t, r, err); errors.Is(l.err, rl.ErrDone) {
		l.err, l.open, l.done = nil, nil, true
	}
	return l.err == nil
}

// askAndTell runs a search by calling Ask and Tell in random order.
func askAndTell(s *rl.Search, e evaluator.Evaluator, seed uint64) (*rl.History, error) {
	l := loop{search: s, evaluator: e, rng: rand.New(rand.NewPCG(seed, 5))}
	for l.step() {
	}
	h, err := s.Finish(context.Background())
	return h, errors.Join(l.err, err)
}

// jsonl returns a history as JSON Lines.
func jsonl(t require.TestingT, h *rl.History) string {
	var out bytes.Buffer
	require.NoError(t, h.WriteJSONL(&out))
	return out.String()
}

// written returns a history in both formats.
func written(t require.TestingT, h *rl.History, space searchspace.Space) string {
	var out bytes.Buffer
	require.NoError(t, h.WriteCSV(&out, space))
	return jsonl(t, h) + out.String()
}

// memoryRecorder keeps a record in memory.
type memoryRecorder struct {
	mu     sync.Mutex
	lines  [][]byte
	failAt int // number of the line whose recording fails, from 1; 0 means none
}

var errDisk = errors.New("disk full")

func (m *memoryRecorder) Record(ctx context.Context, line []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failAt > 0 && len(m.lines)+1 >= m.failAt {
		return errDisk
	}
	if !json.Valid(line) || bytes.ContainsRune(line, '\n') {
		return fmt.Errorf("not a line of JSON: %q", line)
	}
	m.lines = append(m.lines, bytes.Clone(line))
	return nil
}

func (m *memoryRecorder) Recorded(ctx context.Context) iter.Seq2[[]byte, error] {
	m.mu.Lock()
	lines := slices.Clone(m.lines)
	m.mu.Unlock()
	return func(yield func([]byte, error) bool) {
		for _, line := range lines {
			if ctx.Err() != nil {
				yield(nil, context.Cause(ctx))
				return
			}
			if !yield(bytes.Clone(line), nil) {
				return
			}
		}
	}
}

// size returns the number of lines.
func (m *memoryRecorder) size() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.lines)
}

// cut returns a recorder with the first n lines, as on disk after the program was killed.
func (m *memoryRecorder) cut(n int) *memoryRecorder {
	return &memoryRecorder{lines: slices.Clone(m.lines[:n])}
}

// forbidding embeds a space and overrides only Validate.
type forbidding struct {
	searchspace.NASBench101
}

var errEdges = errors.New("more than three edges")

func (f forbidding) Validate(a searchspace.Arch) error {
	if err := f.NASBench101.Validate(a); err != nil {
		return err
	}
	if a.Part(0).NumEdges() > 3 {
		return fmt.Errorf("%w: %w", searchspace.ErrInvalid, errEdges)
	}
	return nil
}

// trialIDs returns the IDs of evaluations.
func trialIDs(evaluations []rl.Evaluation) []int {
	ids := []int{}
	for _, e := range evaluations {
		ids = append(ids, e.ID)
	}
	return ids
}

// upTo returns 0, 1, …, n−1.
func upTo(n int) []int {
	ids := make([]int, n)
	for i := range ids {
		ids[i] = i
	}
	return ids
}

func newRNG(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// deadEnd is a space in which no value is allowed from node 2 on.
type deadEnd struct{ searchspace.Space }

func (d deadEnd) Start() searchspace.Builder { return deadEndBuilder{d.Space.Start()} }

type deadEndBuilder struct{ searchspace.Builder }

func (b deadEndBuilder) Next() (searchspace.Decision, bool) {
	d, ok := b.Builder.Next()
	if ok && d.Node == 2 {
		d.Allowed = nil
	}
	return d, ok
}

func (b deadEndBuilder) Clone() searchspace.Builder { return deadEndBuilder{b.Builder.Clone()} }
