package gnn_test

import (
	"math/rand/v2"
	"testing"

	"github.com/graphpnas/graphpnas/gnn"
	"github.com/stretchr/testify/assert"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/gonum"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"
)

func TestBLASEqualsGonum(t *testing.T) {
	defer blas32.Use(gonum.Implementation{})
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 70)
		m, n, k := size.Draw(t, "m"), size.Draw(t, "n"), size.Draw(t, "k")
		rng := rand.New(rand.NewPCG(1, rapid.Uint64().Draw(t, "seed")))
		random := func(rows, cols int) blas32.General {
			g := blas32.General{Rows: rows, Cols: cols, Stride: cols + rng.IntN(3)}
			g.Data = make([]float32, rows*g.Stride)
			for i := range g.Data {
				g.Data[i] = rng.Float32() - 0.5
			}
			return g
		}
		tA := rapid.SampledFrom([]blas.Transpose{blas.NoTrans, blas.Trans}).Draw(t, "tA")
		tB := rapid.SampledFrom([]blas.Transpose{blas.NoTrans, blas.Trans}).Draw(t, "tB")
		a, b, c := random(m, k), random(k, n), random(m, n)
		if tA == blas.Trans {
			a = random(k, m)
		}
		if tB == blas.Trans {
			b = random(n, k)
		}
		theirs := c
		theirs.Data = append([]float32{}, c.Data...)
		blas32.Use(gonum.Implementation{})
		blas32.Gemm(tA, tB, 0.5, a, b, 2, theirs)
		blas32.Use(gnn.BLAS{})
		blas32.Gemm(tA, tB, 0.5, a, b, 2, c)
		assert.InDeltaSlice(t, theirs.Data, c.Data, 1e-4)
	})
}

func TestGorgoniaUsesBLAS(t *testing.T) {
	defer G.Use(gonum.Implementation{})
	G.Use(gnn.BLAS{})
	g := G.NewGraph()
	a := G.NewMatrix(g, G.Float32, G.WithShape(2, 2), G.WithValue(tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float32{1, 2, 3, 4}))))
	product := G.Must(G.Mul(a, a))
	vm := G.NewTapeMachine(g)
	defer vm.Close()
	assert.NoError(t, vm.RunAll())
	assert.Equal(t, []float32{7, 10, 15, 22}, product.Value().Data())
}
