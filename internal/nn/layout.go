package nn

import (
	"math"
	"math/rand/v2"
)

// Param is a named matrix or vector in a flat vector of parameters.
type Param struct {
	Name       string
	Rows, Cols int // Cols is 0 for a vector
	Offset     int
	Bound      float64 // initial values are uniform in ±Bound
}

// Size returns the number of values of the parameter.
func (p Param) Size() int { return p.Rows * max(p.Cols, 1) }

// Shape returns one or two dimensions.
func (p Param) Shape() []int {
	if p.Cols == 0 {
		return []int{p.Rows}
	}
	return []int{p.Rows, p.Cols}
}

// In returns the parameter's values in the flat vector.
func (p Param) In(flat []float32) []float32 { return flat[p.Offset : p.Offset+p.Size()] }

// Layout lists the parameters of a network in the order of one flat vector.
type Layout struct {
	Params []Param
	Size   int
}

// Matrix adds a matrix of rows × cols and returns its offset.
func (l *Layout) Matrix(name string, rows, cols int, bound float64) int {
	return l.add(Param{Name: name, Rows: rows, Cols: cols, Bound: bound})
}

// Vector adds a vector and returns its offset.
func (l *Layout) Vector(name string, n int, bound float64) int {
	return l.add(Param{Name: name, Rows: n, Bound: bound})
}

func (l *Layout) add(p Param) int {
	p.Offset = l.Size
	l.Params = append(l.Params, p)
	l.Size += p.Size()
	return p.Offset
}

// Init fills the flat vector with initial values.
func (l *Layout) Init(flat []float32, rng *rand.Rand) {
	for _, p := range l.Params {
		values := p.In(flat)
		for i := range values {
			values[i] = float32((2*rng.Float64() - 1) * p.Bound)
		}
	}
}

// LinearBound returns PyTorch's default bound for the initial weights and biases of a linear layer:
// uniform in ±1/√fanIn.
func LinearBound(fanIn int) float64 { return 1 / math.Sqrt(float64(fanIn)) }
