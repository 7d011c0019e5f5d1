package gran

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/internal/modelfile"
	"github.com/graphpnas/graphpnas/internal/safetensors"
	"github.com/graphpnas/graphpnas/searchspace"
)

// fileKind is the kind of model in a saved file.
const fileKind = "graphpnas GRAN"

// Save writes the space, the configuration and the weights as a safetensors file. The optimizer
// state is not saved.
func (m *Model) Save(w io.Writer) error {
	return modelfile.Header{Kind: fileKind, Space: m.space, Config: m.config}.Write(w, m.tensors())
}

// tensors names all weights part/parameter.
func (m *Model) tensors() (list []safetensors.Tensor) {
	for i, net := range m.nets {
		list = append(list, modelfile.Tensors(net.part.Name+"/", &net.layout, m.params[i])...)
	}
	return list
}

// Load reads a model saved by Save for the same space. The error wraps [generator.ErrFormat] if the
// file is damaged or is not a saved GRAN, and [generator.ErrOtherSpace] if it is for another space.
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
	if c.Form == formerCausalForm {
		return nil, fmt.Errorf("%w: the model has an earlier causal form (%d), which is no longer supported; train the model again",
			generator.ErrFormat, c.Form)
	}
	if need := c.minWeights(space.Parts()); need < 0 || need > weights.Count() {
		return nil, fmt.Errorf("%w: configuration %+v needs more than the file's %d weights", generator.ErrFormat, c, weights.Count())
	}
	m, err := New(space, c, rand.New(rand.NewPCG(0, 0)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", generator.ErrFormat, err)
	}
	return m, weights.Fill(m.tensors())
}

// minWeights returns a lower bound of the number of weights of a model, or −1 if no file could hold
// them.
func (c Config) minWeights(parts []searchspace.Part) int {
	const most = 1 << 20
	for _, size := range []int{c.Hidden, c.Layers, c.Attention, c.Components} {
		if size < 1 || size > most {
			return -1
		}
	}
	total := float64(0)
	for _, p := range parts {
		perLayer := float64(c.Hidden) * 8 * float64(c.Hidden)
		if c.Form == PaperForm || !largePart(p) {
			perLayer += float64(c.Hidden) * 2 * float64(c.Attention)
		}
		total += float64(c.Layers) * perLayer
		if c.Form != CausalForm || !p.Chained() {
			total += 2 * float64(c.Components) * float64(c.Hidden)
		}
	}
	if total > math.MaxInt32 {
		return -1
	}
	return int(total)
}
