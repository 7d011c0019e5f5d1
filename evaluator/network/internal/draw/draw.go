// Package draw generates small random networks for tests: members of the published spaces, and of a space that uses every operation
// of network.Builder.
package draw

import (
	"context"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Space is a search space with a design of small networks.
type Space struct {
	Name   string
	Design network.Design
	Input  network.Input

	draw func(rng *rand.Rand) (searchspace.Arch, error)
}

// Plan draws an architecture and plans its network.
func (s Space) Plan(rng *rand.Rand) (*network.Plan, error) {
	a, err := s.draw(rng)
	if err != nil {
		return nil, err
	}
	return network.NewPlan(s.Design, a, s.Input)
}

// Spaces returns NAS-Bench-101 and 201, ENAS's macro space with and without shared weights, RandWire, DARTS, and a space that uses
// every operation.
func Spaces() []Space {
	in := network.Input{Channels: 3, Height: 10, Width: 9, Classes: 5}
	macro, err := searchspace.NewENASMacro(6)
	if err != nil {
		panic(err)
	}
	wired, err := searchspace.NewRandWire(8, 6, 7)
	if err != nil {
		panic(err)
	}
	return []Space{
		{"NAS-Bench-201", network.NASBench201{Channels: 4, Cells: 1}, in, members(searchspace.NASBench201{})},
		{"NAS-Bench-101", network.NASBench101{Channels: 7, Cells: 1}, in, members(searchspace.NASBench101{})},
		{"ENAS", network.ENASMacro{Channels: 4}, in, members(macro)},
		{"ENAS with shared weights", network.ENASMacro{Channels: 4, Shared: true}, in, members(macro)},
		{"RandWire", network.RandWire{Channels: 6, Head: 8, Halvings: 3}, in, members(wired)},
		{"DARTS", network.DARTS{Channels: 3, Cells: 4}, in, members(searchspace.DARTS{})},
		{"all operations", network.DesignFunc(everything), in, chain},
	}
}

// members returns a function that draws members of a space uniformly.
func members(space searchspace.Space) func(rng *rand.Rand) (searchspace.Arch, error) {
	uniform := explore.NewUniform(space)
	return func(rng *rand.Rand) (searchspace.Arch, error) {
		archs, err := uniform.Sample(context.Background(), rng, 1)
		if err != nil {
			return searchspace.Arch{}, err
		}
		return archs[0], nil
	}
}

// Weights draws weights like those of a trained network: all channels differ, and running statistics are not the initial ones.
func Weights(p *network.Plan, rng *rand.Rand) *network.Weights {
	w := p.Layout().Init(rng)
	for i := range w.Params {
		w.Params[i] += float32(0.1 * rng.NormFloat64())
	}
	for _, s := range p.Layout().Statistics() {
		values := w.Of(s.Name)
		for i := range values {
			values[i] = values[i]*float32(0.5+rng.Float64()) + float32(0.1*rng.Float64())
		}
	}
	return w
}

// Images draws n images of standard normal values.
func Images(in network.Input, n int, rng *rand.Rand) []float32 {
	images := make([]float32, n*in.Channels*in.Height*in.Width)
	for i := range images {
		images[i] = float32(rng.NormFloat64())
	}
	return images
}
