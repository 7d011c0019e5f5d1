package train_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/graphpnas/graphpnas/internal/train"
	"github.com/stretchr/testify/assert"
	"gorgonia.org/tensor"
)

// distance is half the squared distance from a target.
type distance struct{ target []float32 }

func (d *distance) Name() string { return "distance" }

func (d *distance) Shape([]tensor.Shape) (tensor.Shape, error) { return tensor.ScalarShape(), nil }

var errNoTarget = errors.New("no target")

func (d *distance) Forward(out []float32, in [][]float32) error {
	if d.target == nil {
		return errNoTarget
	}
	out[0] = 0
	for i, x := range in[0] {
		out[0] += (x - d.target[i]) * (x - d.target[i]) / 2
	}
	return nil
}

func (d *distance) Backward(din, in [][]float32, _, dout []float32) error {
	for i, x := range in[0] {
		din[0][i] = dout[0] * (x - d.target[i])
	}
	return nil
}

// The parameters move to a target that changes halfway.
func ExampleProgram() {
	x, loss := make([]float32, 2), &distance{target: []float32{1, -1}}
	program, err := train.NewProgram(loss, x)
	if err != nil {
		panic(err)
	}
	program.Adam.LearningRate = 0.05
	for step := range 1001 {
		if step%500 == 0 {
			fmt.Printf("%.2f\n", x)
			loss.target[0] += 2
		}
		if err := program.Run(); err != nil {
			panic(err)
		}
		program.Step()
	}
	// Output:
	// [0.00 0.00]
	// [3.00 -1.00]
	// [5.00 -1.00]
}

// Under the race detector, this fails if the graphs of programs share a node.
func TestProgramsAreCompiledAndRunAtATime(t *testing.T) {
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			x := make([]float32, 3)
			program, err := train.NewProgram(&distance{target: []float32{1, 2, 3}}, x)
			if assert.NoError(t, err) && assert.NoError(t, program.Run()) {
				program.Step()
				assert.Positive(t, x[0])
			}
		})
	}
	all.Wait()
}

func TestTheLossesErrorIsFound(t *testing.T) {
	program, err := train.NewProgram(&distance{}, make([]float32, 1))
	assert.NoError(t, err)
	assert.ErrorIs(t, program.Run(), errNoTarget)
}
