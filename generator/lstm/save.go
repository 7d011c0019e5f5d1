package lstm

import (
	"fmt"
	"io"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/internal/modelfile"
	"github.com/graphpnas/graphpnas/searchspace"
)

// fileKind is the kind of model in a saved file.
const fileKind = "graphpnas LSTM"

// Save writes the space, the configuration and the weights as a safetensors file, which other
// frameworks can read too. The optimizer state is not saved.
func (m *Model) Save(w io.Writer) error {
	return modelfile.Header{Kind: fileKind, Space: m.space, Config: m.config}.Write(w, modelfile.Tensors("", &m.net.layout, m.params))
}

// Load reads a model saved by Save for the same space. The error wraps [generator.ErrFormat] if the
// file is damaged or is not a saved LSTM, and [generator.ErrOtherSpace] if it is for another space.
func Load(r io.Reader, space searchspace.Space) (*Model, error) {
	m, err := load(r, space)
	if err != nil {
		return nil, fmt.Errorf("loading a generator: %w", err)
	}
	return m, nil
}

func load(r io.Reader, space searchspace.Space) (*Model, error) {
	var c Config
	weights, err := modelfile.Header{Kind: fileKind, Space: space, Config: &c}.Read(r)
	if err != nil {
		return nil, err
	}
	if !c.fitsInto(weights.Count()) {
		return nil, fmt.Errorf("%w: configuration %+v needs more than the file's %d weights", generator.ErrFormat, c, weights.Count())
	}
	m, err := New(space, c, rand.New(rand.NewPCG(0, 0)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", generator.ErrFormat, err)
	}
	return m, weights.Fill(modelfile.Tensors("", &m.net.layout, m.params))
}

// fitsInto reports whether the layers alone have at most the given number of weights.
func (c Config) fitsInto(weights int) bool {
	return c.Hidden > 0 && c.Layers > 0 && c.Hidden <= weights && c.Layers <= weights &&
		8*float64(c.Layers)*float64(c.Hidden)*float64(c.Hidden) <= float64(weights)
}
