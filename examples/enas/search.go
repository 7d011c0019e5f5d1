package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/examples/internal/torch"
	"github.com/graphpnas/graphpnas/examples/internal/training"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
	"gonum.org/v1/gonum/stat"
)

// best is the number of architectures that are trained from scratch.
const best = 3

// lab is the state of a search.
type lab struct {
	options
	out     io.Writer
	space   searchspace.ENASMacro
	images  *oracle.Images
	shared  sharedWeights
	model   generator.Model
	uniform *explore.Uniform
	rng     *rand.Rand
	kept    *kept
	status  status

	closeShared func() error // nil if there are no shared weights yet
}

// outcome is the result of a search: mean accuracies in percent of the generator's draws and of uniform draws.
type outcome struct {
	shared, sharedUniform   float64 // on the validation images, with the shared weights
	scratch, scratchUniform float64 // of three trained from scratch
	scratchImages           string  // what those are measured on, test or validation
}

func (r outcome) print(out io.Writer) {
	fmt.Fprintf(out, "  with shared weights: the generator's draws %.2f %%, uniform ones %.2f %%\n", r.shared, r.sharedUniform)
	fmt.Fprintf(out, "  from scratch, on %s images: the generator's best three %.2f %%, three uniform draws %.2f %%\n",
		r.scratchImages, r.scratch, r.scratchUniform)
}

// search runs one seed with a generator.
func search(
	ctx context.Context, o options, g tool.Named[training.Generator], seed uint64, display *progress.Display, out io.Writer,
) (r outcome, err error) {
	k, err := o.keep(g.Name, seed)
	if err != nil {
		return outcome{}, err
	}
	defer func() { err = errors.Join(err, k.Close()) }()
	l, err := prepare(ctx, o, g.Value, seed, k, out)
	defer func() {
		if l.closeShared != nil {
			err = errors.Join(err, l.closeShared())
		}
	}()
	if err != nil {
		return outcome{}, err
	}
	l.status.begin(display, seed, "shared weights", "steps", l.shared.TotalSteps())
	defer l.status.end()
	if err := l.alternate(ctx); err != nil {
		return outcome{}, l.stop(ctx, err)
	}
	l.status.begin(display, seed, "from scratch", "training runs", 2*best)
	if r, err = l.compare(ctx, seed); err != nil {
		return outcome{}, l.stop(ctx, err)
	}
	return r, nil
}

// stop ends a search after an error. If the program is interrupted, it keeps the weights and prints the best so far.
func (l *lab) stop(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	if b := l.status.best; b != nil {
		fmt.Fprintf(l.out, "  stopped at step %d of %d; of the last %d draws the best has %.1f %% with shared weights: %s\n",
			l.shared.Steps(), l.shared.TotalSteps(), b.draws, b.accuracy, l.space.Format(b.arch))
	}
	return errors.Join(err, l.kept.save(l.shared))
}

// prepare returns the state of a search at its start, also with an error.
func prepare(ctx context.Context, o options, g training.Generator, seed uint64, k *kept, out io.Writer) (*lab, error) {
	l := &lab{options: o, out: out, rng: rand.New(rand.NewPCG(seed, 1)), kept: k}
	var err error
	if o.Trainer.Worker == torch.Go {
		if l.images, err = o.Images(ctx, seed, true); err != nil {
			return l, err
		}
	}
	if l.space, err = searchspace.NewENASMacro(o.layers); err != nil {
		return l, err
	}
	l.uniform = explore.NewUniform(l.space)
	if l.model, err = g.New(l.space, l.rng); err != nil {
		return l, err
	}
	return l, l.share(ctx, seed)
}

// alternate trains the shared weights and the generator in turn. Steps that saved weights already include are not repeated.
func (l *lab) alternate(ctx context.Context) error {
	total := l.shared.TotalSteps()
	for at, tenths := 0, 0; at < total; {
		at = min(at+l.turn, total)
		if missing := at - l.shared.Steps(); missing > 0 {
			if _, err := l.shared.Train(ctx, l.model, missing); err != nil {
				return err
			}
		}
		l.status.reach(at)
		if float64(at) >= l.warmup*float64(total) {
			if err := l.learn(ctx); err != nil {
				return err
			}
		}
		if now := 10 * at / total; now > tenths {
			tenths = now
			if err := l.report(ctx, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// learn is one step of REINFORCE: draws that rank above the middle of a batch become more probable, the rest less. An
// rl.Search would not do: it evaluates each architecture once, but here values change with the weights.
func (l *lab) learn(ctx context.Context) error {
	archs, values, err := l.draw(ctx, l.model, l.draws)
	if err != nil {
		return err
	}
	rewards := rl.RankReward(values)
	baseline := stat.Mean(rewards, nil)
	examples := make([]generator.Example, len(archs))
	for i, a := range archs {
		examples[i] = generator.Example{Arch: a, Weight: rewards[i] - baseline}
	}
	_, err = l.model.Fit(ctx, l.rng, examples, generator.FitOptions{
		Loss: generator.LogLikelihood, BatchSize: len(examples), LearningRate: l.learningRate, Entropy: l.entropy, ClipNorm: 1,
	})
	return err
}

// draw returns n architectures that a generator draws, and their accuracies with the shared weights.
func (l *lab) draw(ctx context.Context, from generator.GraphGenerator, n int) ([]searchspace.Arch, []float64, error) {
	archs, err := from.Sample(ctx, l.rng, n)
	if err != nil {
		return nil, nil, err
	}
	values, err := l.kept.measured(n, func() ([]float64, error) {
		return l.evaluate(ctx, l.shared, archs, func(r evaluator.Result) float64 { return r.Value })
	})
	if err == nil && from == generator.GraphGenerator(l.model) {
		l.status.drawn(archs, values)
	}
	return archs, values, err
}

// evaluate returns a figure for each architecture. It returns an error if one fails.
func (l *lab) evaluate(
	ctx context.Context, e evaluator.Evaluator, archs []searchspace.Arch, figure func(evaluator.Result) float64,
) ([]float64, error) {
	values := make([]float64, len(archs))
	for o := range (evaluator.Pool{Evaluator: e, Workers: l.Trainer.Workers()}).Run(ctx, slices.Values(archs)) {
		if o.Err != nil {
			return nil, o.Err
		}
		values[o.Index] = figure(o.Result)
	}
	return values, context.Cause(ctx)
}

// report prints what the generator has learned at a step, and saves the weights.
func (l *lab) report(ctx context.Context, step int) error {
	_, learned, err := l.draw(ctx, l.model, l.measured/2)
	if err != nil {
		return err
	}
	_, uniform, err := l.draw(ctx, l.uniform, l.measured/2)
	if err != nil {
		return err
	}
	if step == l.shared.Steps() {
		if err := l.kept.save(l.shared); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(l.out, "  step %4d of %d: the generator's draws have %.1f %% on average, uniform ones %.1f %%\n",
		step, l.shared.TotalSteps(), stat.Mean(learned, nil), stat.Mean(uniform, nil))
	return err
}

// compare measures draws with the shared weights, and the best of them from scratch.
func (l *lab) compare(ctx context.Context, seed uint64) (r outcome, err error) {
	drawn, learned, err := l.draw(ctx, l.model, l.measured)
	if err != nil {
		return outcome{}, err
	}
	others, uniform, err := l.draw(ctx, l.uniform, l.measured)
	if err != nil {
		return outcome{}, err
	}
	trainer, closed, err := l.trainer(ctx, seed)
	if err != nil {
		return outcome{}, err
	}
	defer func() { err = errors.Join(err, closed()) }()
	trained := l.kept.evaluator(l.space, trainer)
	r = outcome{shared: stat.Mean(learned, nil), sharedUniform: stat.Mean(uniform, nil), scratchImages: l.scratchImages()}
	if r.scratch, err = l.scratch(ctx, trained, "the generator's", l.top(drawn, learned)); err != nil {
		return outcome{}, err
	}
	if r.scratchUniform, err = l.scratch(ctx, trained, "uniform", others[:best]); err != nil {
		return outcome{}, err
	}
	return r, l.kept.report(ctx, l.space, seed)
}

// trainer returns an evaluator that trains from scratch, and a function that closes it.
func (l *lab) trainer(ctx context.Context, seed uint64) (evaluator.Evaluator, func() error, error) {
	return l.Open(ctx, training.Scratch{
		Space: l.space, Design: network.ENASMacro{Channels: l.scratchChannels}, Images: l.images, Epochs: l.scratchEpochs, Seed: seed,
		Test: true, Checkpoints: l.kept.checkpoints(),
	})
}

// scratchImages names the images that networks trained from scratch are measured on: PyTorch's trainer does not read test images.
func (l *lab) scratchImages() string {
	if l.Trainer.Worker == torch.Go {
		return "test"
	}
	return "validation"
}

// top returns the best architectures, each once.
func (l *lab) top(archs []searchspace.Arch, values []float64) []searchspace.Arch {
	order := make([]int, len(archs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[b], values[a]) })
	var top []searchspace.Arch
	seen := map[string]bool{}
	for _, i := range order {
		if key := l.space.Key(archs[i]); len(top) < best && !seen[key] {
			seen[key] = true
			top = append(top, archs[i])
		}
	}
	return top
}

// scratch trains architectures from scratch and returns their mean accuracy.
func (l *lab) scratch(ctx context.Context, trained evaluator.Evaluator, whose string, archs []searchspace.Arch) (float64, error) {
	tests, err := l.evaluate(ctx, trained, archs, func(r evaluator.Result) float64 {
		l.status.add()
		if l.scratchImages() == "test" {
			return r.Metrics[oracle.TestAccuracy]
		}
		return r.Value
	})
	if err != nil {
		return 0, err
	}
	for i, a := range archs {
		fmt.Fprintf(l.out, "  from scratch %.2f %%, %s: %s\n", tests[i], whose, l.space.Format(a))
	}
	return stat.Mean(tests, nil), nil
}
