package predictor

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/internal/finite"
	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/internal/seed"
	"github.com/graphpnas/graphpnas/searchspace"
)

// ProcessConfig configures TrainProcess. The zero value is a good start.
type ProcessConfig struct {
	// Seed fixes which examples are used, if there are more than Points.
	Seed uint64
	// Features describe an architecture. If nil, they are [Statistics].
	Features Features `json:"-"`
	// Points limits the examples that the process is conditioned on, because time grows with the cube of their number and memory
	// with the square. If there are more, Points of them are drawn at random. 0 means 2,000.
	Points int
}

const (
	standardPoints = 2000
	// likelihoodPoints is on how many examples the length and the noise are chosen.
	likelihoodPoints = 400
)

// TrainProcess learns to predict the values of architectures of a space by a Gaussian process. It suits small and noisy data, on
// which the networks of [Train] overfit. [Predictor.Save] keeps what it has learned.
//
// The errors are those of [Train]. There is also an error if Features return a number that is not finite (it wraps
// evaluator.ErrNotFinite), or not equally many for all architectures.
func TrainProcess(ctx context.Context, space searchspace.Space, data []Example, c ProcessConfig) (*Predictor, error) {
	p, err := trainProcess(ctx, space, data, c)
	if err != nil {
		return nil, fmt.Errorf("training a predictor: %w", err)
	}
	return p, nil
}

func trainProcess(ctx context.Context, space searchspace.Space, data []Example, c ProcessConfig) (*Predictor, error) {
	if c.Points < 0 {
		return nil, fmt.Errorf("points must not be negative, got %d", c.Points)
	}
	e, err := newEncoder(space)
	if err != nil {
		return nil, err
	}
	scale, err := newScaleOf(space, data)
	if err != nil {
		return nil, err
	}
	points := c.Points
	if points == 0 {
		points = standardPoints
	}
	order := processDomain.Replica(c.Seed, 0).Perm(len(data))
	order = order[:min(points, len(order))]
	g := &process{encoder: e, features: c.Features, own: c.Features != nil}
	if !g.own {
		g.features = Statistics(space)
	}
	if err := g.fit(ctx, data, order, scale); err != nil {
		return nil, err
	}
	return &Predictor{space: space, scale: scale, model: g}, nil
}

// processDomain keeps the random numbers of processes apart from those of networks.
const processDomain seed.Domain = 0x70726f63

// process is the posterior mean of a Gaussian process of architectures' features.
type process struct {
	encoder  *encoder // validates
	features Features
	own      bool // the features are the user's

	mean, weight []float64  // of each feature: it is standardized as (x − mean) · weight
	points       *mat.Dense // standardized features of the examples, one a row
	alpha        []float64  // of each example
	length       []float64  // of the kernel, a single number
}

var _ model = (*process)(nil)

// fit conditions the process on the scores of the examples with the given numbers.
func (g *process) fit(ctx context.Context, data []Example, numbers []int, scale *scale) error {
	y, rows, errs := make([]float64, len(numbers)), make([][]float64, len(numbers)), make([]error, len(numbers))
	parallel.Do(len(numbers), func(i int) {
		if ctx.Err() == nil {
			x := data[numbers[i]]
			y[i] = scale.score(x.Value)
			rows[i], errs[i] = g.describe(x.Arch)
		}
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for i, err := range errs {
		if err == nil && len(rows[i]) != len(rows[0]) {
			err = fmt.Errorf("it has %d features, but example %d has %d", len(rows[i]), numbers[0], len(rows[0]))
		}
		if err != nil {
			return fmt.Errorf("example %d: %w", numbers[i], err)
		}
	}
	if len(rows[0]) == 0 {
		return errors.New("there are no features")
	}
	g.standardize(rows)
	distances := g.distances()
	few := min(len(y), likelihoodPoints)
	noise, err := g.choose(ctx, distances.SliceSym(0, few), y[:few])
	if err != nil {
		return err
	}
	g.alpha, _, err = solve(covariance(distances, g.length[0]), noise, y)
	return err
}

// describe returns the features of an architecture, which must be in the space.
func (g *process) describe(a searchspace.Arch) ([]float64, error) {
	if _, err := g.encoder.encode(a); err != nil {
		return nil, err
	}
	x := g.features(a)
	for i, v := range x {
		if !finite.Is(v) {
			return nil, fmt.Errorf("feature %d of [%s]: %w: %v", i, searchspace.Text(g.encoder.space, a), evaluator.ErrNotFinite, v)
		}
	}
	return x, nil
}

// standardize gives every feature mean 0 and variance 1 over the examples. The mean square of the differences of two
// architectures' features is thus 2 on average, however many features there are. Features that do not vary get no weight.
func (g *process) standardize(rows [][]float64) {
	width := len(rows[0])
	g.mean, g.weight = make([]float64, width), make([]float64, width)
	column := make([]float64, len(rows))
	varying := 0.0
	for j := range width {
		for i, x := range rows {
			column[i] = x[j]
		}
		mean, deviation := stat.PopMeanStdDev(column, nil)
		g.mean[j] = mean
		if deviation > 1e-9*math.Abs(mean) && finite.Is(1/deviation) {
			g.weight[j] = 1 / deviation
			varying++
		}
	}
	floats.Scale(1/math.Sqrt(math.Max(1, varying)), g.weight)
	g.points = mat.NewDense(len(rows), width, nil)
	for i, x := range rows {
		g.standardized(g.points.RawRowView(i), x)
	}
}

func (g *process) standardized(to, x []float64) {
	for j, v := range x {
		to[j] = (v - g.mean[j]) * g.weight[j]
	}
}

// distances returns the distances between all examples.
func (g *process) distances() *mat.SymDense {
	n, _ := g.points.Dims()
	d := mat.NewSymDense(n, nil)
	parallel.Do(n, func(i int) {
		for j := i; j < n; j++ {
			d.SetSym(i, j, floats.Distance(g.points.RawRowView(i), g.points.RawRowView(j), 2))
		}
	})
	return d
}

// predict writes the scores of architectures.
func (g *process) predict(archs []searchspace.Arch, scores []float64) error {
	n, width := g.points.Dims()
	z := make([]float64, width)
	for i, a := range archs {
		x, err := g.describe(a)
		if err != nil {
			return err
		}
		if len(x) != len(g.mean) {
			return fmt.Errorf("[%s] has %d features, not %d", searchspace.Text(g.encoder.space, a), len(x), len(g.mean))
		}
		g.standardized(z, x)
		for k := range n {
			scores[i] += g.alpha[k] * matern(floats.Distance(z, g.points.RawRowView(k), 2)/g.length[0])
		}
	}
	return nil
}
