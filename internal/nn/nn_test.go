package nn_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/nn"
)

func TestArenaHandsOutSeparatePieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a nn.Arena
		for range 3 {
			a.Reset()
			var pieces [][]float32
			for i, n := range rapid.SliceOfN(rapid.IntRange(0, 20000), 0, 12).Draw(t, "sizes") {
				piece := a.Take(n)
				if rapid.Bool().Draw(t, "zeros") {
					piece = a.Zeros(n)
					require.Equal(t, -1, slices.IndexFunc(piece, func(v float32) bool { return v != 0 }))
				}
				require.Len(t, piece, n)
				require.Equal(t, n, cap(piece), "appending must not reach the next piece")
				for j := range piece {
					piece[j] = float32(i)
				}
				pieces = append(pieces, piece)
			}
			for i, piece := range pieces {
				overwritten := slices.IndexFunc(piece, func(v float32) bool { return v != float32(i) })
				require.Equal(t, -1, overwritten, "piece %d", i)
			}
		}
	})
}

func TestArenaStopsGrowing(t *testing.T) {
	var a nn.Arena
	pass := func() {
		a.Reset()
		for n := range 100 {
			a.Take(10 * n * n)
		}
	}
	pass()
	pass()
	assert.Zero(t, testing.AllocsPerRun(5, pass))
}

// TestReservedArenas checks that arenas have exactly the reserved space.
func TestReservedArenas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a nn.Arena
		most := 0
		for _, sizes := range rapid.SliceOf(rapid.SliceOfN(rapid.IntRange(1, 20000), 0, 5)).Draw(t, "passes") {
			space := nn.Space(sizes...)
			most = max(most, space)
			a.Reserve(space)
			for _, n := range sizes {
				require.Len(t, a.Take(n), n)
			}
			if space > 0 {
				require.Equal(t, most, a.Len())
			}
		}
	})
}

func TestLayout(t *testing.T) {
	var l nn.Layout
	assert.Equal(t, 0, l.Matrix("matrix", 3, 4, 0.5))
	assert.Equal(t, 12, l.Vector("vector", 5, 0.25))
	assert.Equal(t, 17, l.Size)
	matrix, vector := l.Params[0], l.Params[1]
	assert.Equal(t, []int{3, 4}, matrix.Shape())
	assert.Equal(t, []int{5}, vector.Shape())

	flat := make([]float32, l.Size)
	l.Init(flat, rand.New(rand.NewPCG(1, 1)))
	for p, bound := range map[*nn.Param]float64{&matrix: 0.5, &vector: 0.25} {
		values := p.In(flat)
		assert.Len(t, values, p.Size())
		for _, v := range values {
			assert.LessOrEqual(t, math.Abs(float64(v)), bound)
		}
	}
	again := make([]float32, l.Size)
	l.Init(again, rand.New(rand.NewPCG(1, 1)))
	assert.Equal(t, flat, again)
}

func TestInitIsUniform(t *testing.T) {
	var l nn.Layout
	l.Vector("vector", 100_000, 0.5)
	flat := make([]float32, l.Size)
	l.Init(flat, rand.New(rand.NewPCG(1, 1)))
	var mean, square float64
	for _, v := range flat {
		mean += float64(v) / float64(len(flat))
		square += float64(v) * float64(v) / float64(len(flat))
	}
	assert.InDelta(t, 0, mean, 5e-3)
	assert.InDelta(t, 0.25/3, square, 2e-3)
}

// eachMessage runs a test with messages of two layers and of one.
func eachMessage(t *testing.T, test func(t *testing.T, gated bool)) {
	t.Run("two layers", func(t *testing.T) { test(t, false) })
	t.Run("gated", func(t *testing.T) { test(t, true) })
}

// TestGradientsAreAddedOrOverwritten checks that several passes sum up, and that previous contents
// are ignored.
func TestGradientsAreAddedOrOverwritten(t *testing.T) {
	eachMessage(t, func(t *testing.T, gated bool) { testGradientsAreAddedOrOverwritten(t, gated) })
}

func testGradientsAreAddedOrOverwritten(t *testing.T, gated bool) {
	rng := rand.New(rand.NewPCG(1, 1))
	p := &nn.Propagation{Hidden: 4, Gated: gated, Attention: 5, Features: 2, Positions: 3, Classes: [][]int{{0}, {1}}}
	require.NoError(t, p.Validate())
	var layout nn.Layout
	p.Add(&layout, "layer")
	random := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = rng.Float32() - 0.5
		}
		return x
	}
	params, h, dout := random(layout.Size), random(3*4), random(3*4)
	g := &nn.Graph{Nodes: 3, Position: []int32{0, 1, 2}, From: []int32{0, 1, 2}, To: []int32{1, 2, 0}, Class: []int32{0, 1, 0}}
	var arena nn.Arena
	backward := func(flat []float32, add bool) {
		arena.Reset()
		var s nn.PropagationState
		p.Forward(g, h, params, &s, &arena)
		p.Backward(&s, dout, p.Transpose(params, &arena), nn.Gradients{Flat: flat, Add: add}, make([]float32, len(dout)), &arena)
	}
	once, start := random(layout.Size), random(layout.Size)
	backward(once, false)
	twice := slices.Clone(start)
	backward(twice, true)
	backward(twice, true)
	for i := range twice {
		require.InDelta(t, start[i]+2*once[i], twice[i], 1e-5)
	}
	backward(twice, false)
	require.Equal(t, once, twice)
}

// TestBlocksOfEdgesAndNodes compares a graph that is large enough for several blocks of edges and
// nodes with its connected parts, which fit in one.
func TestBlocksOfEdgesAndNodes(t *testing.T) {
	eachMessage(t, func(t *testing.T, gated bool) { testBlocksOfEdgesAndNodes(t, gated) })
}

func testBlocksOfEdgesAndNodes(t *testing.T, gated bool) {
	const parts, nodes, edges = 40, 10, 20
	rng := rand.New(rand.NewPCG(1, 1))
	p := &nn.Propagation{Hidden: 48, Gated: gated, Attention: 64, Features: 2, Positions: nodes, Classes: [][]int{{0}, {1}}}
	var layout nn.Layout
	p.Add(&layout, "layer")
	params := make([]float32, layout.Size)
	layout.Init(params, rng)
	require.Greater(t, parts*edges, 2*nn.BlockRows(p.Hidden+p.Attention))
	require.Greater(t, parts*nodes, nn.BlockRows(3*p.Hidden))
	part := &nn.Graph{Nodes: nodes}
	for i := range int32(nodes) {
		part.Position = append(part.Position, i)
	}
	for range edges {
		part.From, part.To = append(part.From, int32(rng.IntN(nodes))), append(part.To, int32(rng.IntN(nodes)))
		part.Class = append(part.Class, int32(rng.IntN(2)))
	}
	whole := &nn.Graph{Nodes: parts * nodes, Position: slices.Repeat(part.Position, parts), Class: slices.Repeat(part.Class, parts)}
	for i := range int32(parts) {
		for e := range part.From {
			whole.From, whole.To = append(whole.From, i*nodes+part.From[e]), append(whole.To, i*nodes+part.To[e])
		}
	}
	random := func() []float32 {
		x := make([]float32, nodes*p.Hidden)
		for i := range x {
			x[i] = rng.Float32() - 0.5
		}
		return x
	}
	h, dout := random(), random()
	var arena nn.Arena
	pass := func(g *nn.Graph, h, dout []float32) (out, grads, dh []float32) {
		arena.Reset()
		var s nn.PropagationState
		p.Forward(g, h, params, &s, &arena)
		out = slices.Clone(s.Out())
		require.Equal(t, out, p.Infer(g, h, nil, params, &arena))
		grads, dh = make([]float32, layout.Size), make([]float32, len(h))
		p.Backward(&s, dout, p.Transpose(params, &arena), nn.Gradients{Flat: grads}, dh, &arena)
		return out, grads, dh
	}
	wantOut, wantGrads, wantDh := pass(part, h, dout)
	out, grads, dh := pass(whole, slices.Repeat(h, parts), slices.Repeat(dout, parts))
	assert.Equal(t, slices.Repeat(wantOut, parts), out)
	assert.InDeltaSlice(t, slices.Repeat(wantDh, parts), dh, 1e-6)
	for i := range grads {
		require.InDelta(t, parts*wantGrads[i], grads[i], 1e-3)
	}
}
