package gnn_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/gnn"
	_ "github.com/graphpnas/graphpnas/internal/race" // fewer cases with the race detector
)

// parameter is a value whose gradient the test sets.
type parameter struct{ value, grad G.Value }

func (p parameter) Value() G.Value         { return p.value }
func (p parameter) Grad() (G.Value, error) { return p.grad, nil }

// textbook is Adam as published by Kingma & Ba, in float64.
type textbook struct {
	rate, beta1, beta2, epsilon, clip float64
	steps                             float64
	m, v                              [][]float64
}

func (a *textbook) step(params, grads [][]float64) {
	if a.m == nil {
		for _, p := range params {
			a.m, a.v = append(a.m, make([]float64, len(p))), append(a.v, make([]float64, len(p)))
		}
	}
	scale := 1.0
	var norm float64
	for _, g := range grads {
		norm += dot(g, g)
	}
	if norm = math.Sqrt(norm); a.clip > 0 && norm > a.clip {
		scale = a.clip / norm
	}
	a.steps++
	for i, p := range params {
		for j := range p {
			g := scale * grads[i][j]
			a.m[i][j] = a.beta1*a.m[i][j] + (1-a.beta1)*g
			a.v[i][j] = a.beta2*a.v[i][j] + (1-a.beta2)*g*g
			mean, variance := a.m[i][j]/(1-math.Pow(a.beta1, a.steps)), a.v[i][j]/(1-math.Pow(a.beta2, a.steps))
			p[j] -= a.rate * mean / (math.Sqrt(variance) + a.epsilon)
		}
	}
}

func TestAdamEqualsTheTextbook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		book := &textbook{rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8}
		adam := &gnn.Adam{}
		if rapid.Bool().Draw(t, "constants of its own") {
			book.rate = rapid.Float64Range(1e-4, 0.1).Draw(t, "rate")
			book.beta1 = rapid.Float64Range(0.1, 0.95).Draw(t, "beta1")
			book.beta2 = rapid.Float64Range(0.9, 0.999).Draw(t, "beta2")
			book.epsilon = rapid.Float64Range(1e-8, 0.1).Draw(t, "epsilon")
			adam = &gnn.Adam{LearningRate: book.rate, Beta1: book.beta1, Beta2: book.beta2, Epsilon: book.epsilon}
		}
		if rapid.Bool().Draw(t, "clipped") {
			book.clip = rapid.Float64Range(1e-3, 3).Draw(t, "clip")
			adam.ClipNorm = book.clip
		}
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		var params []G.ValueGrad
		var want [][]float64
		for range rapid.IntRange(1, 3).Draw(t, "parameters") {
			shape := tensor.Shape(rapid.SliceOfN(rapid.IntRange(1, 9), 0, 2).Draw(t, "shape"))
			start := randomValues(rng, shape.TotalSize())
			want = append(want, start)
			params = append(params, parameter{value(shape, start), value(shape, make([]float64, len(start)))})
		}
		for step := range 12 {
			if step == 6 && rapid.Bool().Draw(t, "reset") {
				adam.Reset()
				book.m, book.v, book.steps = nil, nil, 0
			}
			grads := make([][]float64, len(params))
			for i, p := range params {
				grads[i] = randomValues(rng, len(want[i]))
				set(p.(parameter).grad, grads[i])
			}
			book.step(want, grads)
			require.NoError(t, adam.Step(params))
			for i, p := range params {
				require.InDeltaSlice(t, want[i], floats(t, p.Value()), 1e-5+1e-3*book.rate, "parameter %d, step %d", i, step)
				grad, _ := p.Grad()
				require.Equal(t, make([]float64, len(want[i])), floats(t, grad), "gradients are left at zero")
			}
		}
	})
}

// set overwrites a value.
func set(v G.Value, x []float64) {
	switch v := v.(type) {
	case *G.F32:
		*v = G.F32(x[0])
	case *tensor.Dense:
		for i := range x {
			v.Float32s()[i] = float32(x[i])
		}
	}
}

// regression returns a small network that learns to sum its inputs, in a machine that binds dual
// values.
type regression struct {
	params G.Nodes
	cost   *G.Value
	vm     G.VM
}

func newRegression(t require.TestingT) regression {
	rng := rand.New(rand.NewPCG(1, 2))
	g := G.NewGraph()
	in := func(shape ...int) *G.Node { return node(g, shape, randomValues(rng, tensor.Shape(shape).TotalSize())) }
	x, y := in(8, 3), in(8, 1)
	r := regression{params: G.Nodes{in(4, 3), in(1, 4), in(4), in(1)}}
	out, err := gnn.MLP(x, r.params[:2], r.params[2:])
	require.NoError(t, err)
	cost := G.Must(G.Mean(G.Must(G.Square(G.Must(G.Sub(out, y))))))
	r.cost = read(cost)
	_, err = G.Grad(cost, r.params...)
	require.NoError(t, err)
	r.vm = G.NewTapeMachine(g, G.BindDualValues(r.params...))
	return r
}

func (r regression) train(t require.TestingT, solver G.Solver, steps int) (losses []float64) {
	for range steps {
		require.NoError(t, r.vm.RunAll())
		losses = append(losses, floats(t, *r.cost)[0])
		require.NoError(t, solver.Step(G.NodesToValueGrads(r.params)))
		r.vm.Reset()
	}
	return losses
}

func TestAdamEqualsGorgonias(t *testing.T) {
	ours, theirs := newRegression(t), newRegression(t)
	defer ours.vm.Close()
	defer theirs.vm.Close()
	got := ours.train(t, &gnn.Adam{LearningRate: 0.02}, 100)
	want := theirs.train(t, G.NewAdamSolver(G.WithLearnRate(0.02)), 100)
	assert.InDeltaSlice(t, want, got, 1e-4)
	assert.Less(t, got[99], got[0])
	for i := range ours.params {
		assert.InDeltaSlice(t, floats(t, theirs.params[i].Value()), floats(t, ours.params[i].Value()), 1e-3)
	}
}

func TestAdamRejectsWrongShapes(t *testing.T) {
	vector := func(n int) G.Value { return value(tensor.Shape{n}, make([]float64, n)) }
	three, double := vector(3), tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(3))
	for name, bad := range map[string]struct {
		params []G.ValueGrad
		is     error
	}{
		"fewer gradients":       {[]G.ValueGrad{parameter{three, vector(2)}}, gnn.ErrShape},
		"more gradients":        {[]G.ValueGrad{parameter{three, vector(4)}}, gnn.ErrShape},
		"float64":               {[]G.ValueGrad{parameter{double, three}}, nil},
		"float64 gradients":     {[]G.ValueGrad{parameter{three, double}}, nil},
		"no gradients":          {[]G.ValueGrad{ungraded{}}, errUngraded},
		"no value":              {[]G.ValueGrad{parameter{nil, three}}, nil},
		"gradients are nothing": {[]G.ValueGrad{parameter{three, nil}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			err := (&gnn.Adam{}).Step(bad.params)
			require.ErrorContains(t, err, "parameter 0")
			if bad.is != nil {
				assert.ErrorIs(t, err, bad.is)
			}
		})
	}

	adam := &gnn.Adam{}
	require.NoError(t, adam.Step([]G.ValueGrad{parameter{three, vector(3)}}))
	assert.ErrorIs(t, adam.Step([]G.ValueGrad{parameter{vector(4), vector(4)}}), gnn.ErrShape)
	assert.ErrorIs(t, adam.Step([]G.ValueGrad{parameter{three, vector(3)}, parameter{three, vector(3)}}), gnn.ErrShape)
	assert.ErrorIs(t, adam.Step(nil), gnn.ErrShape)
}

// ungraded is a parameter whose gradient was never computed.
type ungraded struct{}

var errUngraded = errors.New("no gradient")

func (ungraded) Value() G.Value         { return G.NewF32(0) }
func (ungraded) Grad() (G.Value, error) { return nil, errUngraded }

// A solver with an invalid setting returns an error and changes nothing.
func TestSolversRejectInvalidSettings(t *testing.T) {
	for name, bad := range map[string]struct {
		solver  func(v float64) G.Solver
		invalid []float64
	}{
		"Adam: LearningRate": {func(v float64) G.Solver { return &gnn.Adam{LearningRate: v} }, []float64{-1, 1e39}},
		"Adam: Beta1":        {func(v float64) G.Solver { return &gnn.Adam{Beta1: v} }, []float64{-0.1, 1}},
		"Adam: Beta2":        {func(v float64) G.Solver { return &gnn.Adam{Beta2: v} }, []float64{-0.1, 1, 2}},
		"Adam: Epsilon":      {func(v float64) G.Solver { return &gnn.Adam{Epsilon: v} }, []float64{-1e-8, 1e-60}},
		"Adam: ClipNorm":     {func(v float64) G.Solver { return &gnn.Adam{ClipNorm: v} }, []float64{-1}},
		"SGD: LearningRate":  {func(v float64) G.Solver { return &gnn.SGD{LearningRate: v} }, []float64{-1, 1e39}},
		"SGD: Momentum":      {func(v float64) G.Solver { return &gnn.SGD{Momentum: v} }, []float64{-0.1, 1}},
		"SGD: WeightDecay":   {func(v float64) G.Solver { return &gnn.SGD{WeightDecay: v} }, []float64{-1}},
		"SGD: ClipNorm":      {func(v float64) G.Solver { return &gnn.SGD{ClipNorm: v} }, []float64{-1}},
	} {
		for _, v := range append(bad.invalid, math.NaN(), math.Inf(1), math.Inf(-1)) {
			p := parameter{value(tensor.Shape{2}, []float64{1, 2}), value(tensor.Shape{2}, []float64{3, 0})}
			err := bad.solver(v).Step([]G.ValueGrad{p})
			require.ErrorContains(t, err, name+" must be at least ", "%v", v)
			assert.Equal(t, []float64{1, 2}, floats(t, p.value))
			assert.Equal(t, []float64{3, 0}, floats(t, p.grad))
		}
	}
}

func TestAdamMovesEveryKindOfTensor(t *testing.T) {
	whole := tensor.New(tensor.WithShape(3, 4), tensor.WithBacking(make([]float32, 12)))
	rows, err := whole.Slice(G.S(1, 3), nil)
	require.NoError(t, err)
	columns, err := whole.Slice(nil, G.S(1, 3))
	require.NoError(t, err)
	transposed := whole.Clone().(*tensor.Dense)
	require.NoError(t, transposed.T())
	step := func(v G.Value) error {
		ones := slices.Repeat([]float64{1}, v.Shape().TotalSize())
		return (&gnn.Adam{}).Step([]G.ValueGrad{parameter{v, value(tensor.Shape{len(ones)}, ones)}})
	}
	for name, v := range map[string]G.Value{
		"number": G.NewF32(0), "tensor without dimensions": tensor.New(tensor.FromScalar(float32(0))), "rows": rows,
	} {
		require.NoError(t, step(v), name)
		for _, x := range floats(t, v) {
			assert.InDelta(t, -1e-3, x, 1e-6, name)
		}
	}
	assert.ErrorContains(t, step(columns), "must be row-major")
	assert.ErrorContains(t, step(transposed), "must be row-major")
}
