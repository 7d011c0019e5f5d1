package predictor

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/graphpnas/graphpnas/internal/safetensors"
)

const processKind = "process"

// processSizes are the sizes of a process in a file.
type processSizes struct {
	Points   int  `json:"points"`
	Features int  `json:"features"`
	Own      bool `json:"own,omitempty"` // whether the features are user-defined
}

func (g *process) kind() string { return processKind }

func (g *process) sizes() any { return processSizes{len(g.alpha), len(g.mean), g.own} }

func (g *process) tensors() []safetensors.Tensor {
	rows, columns := g.points.Dims()
	width := []int{len(g.mean)}
	return []safetensors.Tensor{
		{Name: "mean", Shape: width, Doubles: g.mean},
		{Name: "weight", Shape: width, Doubles: g.weight},
		{Name: "points", Shape: []int{rows, columns}, Doubles: g.points.RawMatrix().Data},
		{Name: "alpha", Shape: []int{rows}, Doubles: g.alpha},
		{Name: "length", Shape: []int{1}, Doubles: g.length},
	}
}

// emptyProcess returns a process of the sizes in a file, with all values zero. It returns an error if the file does not contain enough
// values.
func emptyProcess(e *encoder, file *safetensors.File, own Features) (*process, error) {
	var size processSizes
	if err := readSizes(file, &size); err != nil {
		return nil, err
	}
	if size.Own && own == nil {
		return nil, errors.New("the predictor was trained with its own Features: pass the same Features to LoadWith")
	}
	if !size.Own && own != nil {
		return nil, errors.New("LoadWith was called with Features, but the predictor was trained with the default ones: use Load")
	}
	if own == nil {
		own = Statistics(e.space)
	}
	if size.Points < 1 || size.Features < 1 || size.Points > file.Len() || size.Features > file.Len()/size.Points {
		return nil, fmt.Errorf("%w: sizes %+v do not match %d numbers", ErrFormat, size, file.Len())
	}
	return &process{
		encoder: e, features: own, own: size.Own,
		mean: make([]float64, size.Features), weight: make([]float64, size.Features),
		points: mat.NewDense(size.Points, size.Features, nil), alpha: make([]float64, size.Points), length: make([]float64, 1),
	}, nil
}
