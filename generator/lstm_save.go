package generator

import (
	"fmt"
	"io"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/searchspace"
)

const savedLSTM = "graphpnas LSTM"

// Save writes the weights as a safetensors file, which other frameworks read as well. The optimiser's state is not saved.
func (g *LSTM) Save(w io.Writer) error {
	return savedModel{savedLSTM, g.space, g.config}.write(w, tensors("", &g.net.layout, g.params))
}

// LoadLSTM reads what Save wrote, for the same space. The error wraps [ErrFormat] or [ErrOtherSpace].
func LoadLSTM(r io.Reader, space searchspace.Space) (*LSTM, error) {
	var c LSTMConfig
	weights, err := savedModel{savedLSTM, space, &c}.read(r)
	if err != nil {
		return nil, fmt.Errorf("loading a generator: %w", err)
	}
	if !c.fitsInto(weights.count()) {
		return nil, fmt.Errorf("loading a generator: %w: sizes %+v need more weights than the %d there are", ErrFormat, c, weights.count())
	}
	g, err := NewLSTM(space, c, rand.New(rand.NewPCG(0, 0)))
	if err != nil {
		return nil, fmt.Errorf("loading a generator: %w: %w", ErrFormat, err)
	}
	if err := weights.fill(tensors("", &g.net.layout, g.params)); err != nil {
		return nil, fmt.Errorf("loading a generator: %w", err)
	}
	return g, nil
}

// fitsInto tells whether the layers of such a network have no more than so many weights.
func (c LSTMConfig) fitsInto(weights int) bool {
	return c.Hidden > 0 && c.Layers > 0 && c.Hidden <= weights && c.Layers <= weights &&
		8*float64(c.Layers)*float64(c.Hidden)*float64(c.Hidden) <= float64(weights)
}
