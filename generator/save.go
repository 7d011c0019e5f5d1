package generator

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/internal/safetensors"
	"github.com/graphpnas/graphpnas/searchspace"
)

const savedGRAN = "graphpnas GRAN"

// Save writes the weights as a safetensors file, which other frameworks read as well. Tensors are called part/parameter.
// The optimiser's state is not saved.
func (g *GRAN) Save(w io.Writer) error {
	return savedModel{savedGRAN, g.space, g.config}.write(w, g.tensors())
}

func (g *GRAN) tensors() (list []safetensors.Tensor) {
	for i, net := range g.nets {
		list = append(list, tensors(net.part.Name+"/", &net.layout, g.params[i])...)
	}
	return list
}

// LoadGRAN reads what Save wrote, for the same space. The error wraps [ErrFormat] or [ErrOtherSpace].
func LoadGRAN(r io.Reader, space searchspace.Space) (*GRAN, error) {
	var c Config
	weights, err := savedModel{savedGRAN, space, &c}.read(r)
	if err != nil {
		return nil, fmt.Errorf("loading a generator: %w", err)
	}
	if need := c.countWeights(space.Parts()); need < 0 || need > weights.count() {
		return nil, fmt.Errorf("loading a generator: %w: sizes %+v need more weights than the %d there are", ErrFormat, c, weights.count())
	}
	g, err := NewGRAN(space, c, rand.New(rand.NewPCG(0, 0)))
	if err != nil {
		return nil, fmt.Errorf("loading a generator: %w: %w", ErrFormat, err)
	}
	if err := weights.fill(g.tensors()); err != nil {
		return nil, fmt.Errorf("loading a generator: %w", err)
	}
	return g, nil
}

// countWeights is a lower bound of how many weights a generator of these sizes has, −1 where no file could hold them.
func (c Config) countWeights(parts []searchspace.Part) int {
	const most = 1 << 20
	for _, size := range []int{c.Hidden, c.Layers, c.Attention, c.Components} {
		if size < 1 || size > most {
			return -1
		}
	}
	perLayer := float64(c.Hidden) * (8*float64(c.Hidden) + 2*float64(c.Attention))
	total := float64(len(parts)) * (float64(c.Layers)*perLayer + 2*float64(c.Components)*float64(c.Hidden))
	if total > math.MaxInt32 {
		return -1
	}
	return int(total)
}
