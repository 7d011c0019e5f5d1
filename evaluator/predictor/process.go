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

// ProcessConfig configures TrainProcess. The zero value has good defaults.
type ProcessConfig struct {
	// Seed is the seed for choosing examples, if there are more than Points.
	Seed uint64
	// Features describes an architecture by numbers. If nil, [Statistics] is used.
	Features Features `json:"-"`
	// Points is the maximum number of examples that the process uses. If there are more, Points of them are drawn at random. Time
	// grows with the cube of their number, and memory with the square. 0 means 2,000.
	Points int
}

const (
	standardPoints = 2000
	// likelihoodPoints is the maximum number of examples for choosing the length and the noise.
	likelihoodPoints = 400
)

// TrainProcess trains a Gaussian process to predict the values of architectures of a space. It suits small and noisy data, on which the
// networks of [Train] overfit. Save the result with [Predictor.Save].
//
// It returns the errors of [Train]. It also returns an error if Features returns NaN or an infinity, which wraps
// evaluator.ErrNotFinite, or different numbers of features for different architectures.
func TrainProcess(ctx context.Context, space searchspace.Space, data []Example, c ProcessConfig) (*Predictor, error) {
	p, err := trainProcess(ctx, space, data, c)
	if err != nil {
		return nil, fmt.Errorf("training a predictor: %w", err)
	}
	return p, nil
}

func trainProcess(ctx context.Context, space searchspace.Space, data []Example, c ProcessConfig) (*Predictor, error) {
	if c.Points < 0 {
		return nil, fmt.Errorf("ProcessConfig.Points must not be negative, got %d", c.Points)
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

// processDomain makes the random numbers of processes independent of those of networks.
const processDomain seed.Domain = 0x70726f63

// process is the posterior mean of a Gaussian process over the features of architectures.
type process struct {
	encoder  *encoder // validates architectures
	features Features
	own      bool // whether the features are user-defined

	mean, weight []float64  // a feature x is standardized as (x − mean) · weight
	points       *mat.Dense // standardized features, a row for each example
	alpha        []float64  // the coefficient of each example
	length       []float64  // the length of the kernel, a single number
}

var _ model = (*process)(nil)

// fit conditions the process on the scores of the examples with the given indices.
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
			err = fmt.Errorf("Features returned %d numbers, but %[3]d for example %[2]d", len(rows[i]), numbers[0], len(rows[0]))
		}
		if err != nil {
			return fmt.Errorf("example %d: %w", numbers[i], err)
		}
	}
	if len(rows[0]) == 0 {
		return errors.New("Features returned no numbers")
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

// standardize scales every feature to mean 0 and variance 1 over the examples, so that the mean squared distance of two architectures,
// divided by the number of features, is 2 on average. Constant features get weight 0.
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

// predict computes the scores of architectures.
func (g *process) predict(archs []searchspace.Arch, scores []float64) error {
	n, width := g.points.Dims()
	z := make([]float64, width)
	for i, a := range archs {
		x, err := g.describe(a)
		if err != nil {
			return err
		}
		if len(x) != len(g.mean) {
			return fmt.Errorf("Features returned %[2]d numbers for [%[1]s] instead of %d", searchspace.Text(g.encoder.space, a), len(x), len(g.mean))
		}
		g.standardized(z, x)
		for k := range n {
			scores[i] += g.alpha[k] * matern(floats.Distance(z, g.points.RawRowView(k), 2)/g.length[0])
		}
	}
	return nil
}
