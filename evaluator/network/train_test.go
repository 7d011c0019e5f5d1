package network_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/gnn"
	"github.com/graphpnas/graphpnas/searchspace"
)

// TestOverfits64Images checks that a network of each space can memorise random images with random labels.
func TestOverfits64Images(t *testing.T) {
	samples := append(spaces(t), sample{network.NASBench201{Channels: 8, Cells: 1}, parse(t, searchspace.NASBench201{}, cells[0])},
		sample{network.NASBench101{Channels: 8, Cells: 1}, nb101Cells(t)[0]})
	for _, s := range samples {
		t.Run(fmt.Sprintf("%+v", s.design), func(t *testing.T) {
			in := network.Input{Channels: 3, Height: 12, Width: 12, Classes: 10}
			requireOverfit(t, plan(t, s.design, s.arch, in), batchOf(rand.New(rand.NewPCG(4, 4)), in, 64))
		})
	}
}

func requireOverfit(t *testing.T, p *network.Plan, batch network.Batch) {
	n := build(t, p, network.Options{})
	solver := &gnn.Adam{LearningRate: 0.01}
	correct, steps := 0, 0
	for ; correct < len(batch.Labels) && steps < 300; steps++ {
		_, err := n.Gradient(batch, 0)
		require.NoError(t, err)
		require.NoError(t, solver.Step(n.Learned()))
		r, err := n.Measure(batch, network.Trial)
		require.NoError(t, err)
		correct = r.Correct
	}
	assert.Equal(t, len(batch.Labels), correct, "after %d steps", steps)

	for range 100 { // lets the running statistics settle
		_, err := n.Forward(batch.Images, network.Train)
		require.NoError(t, err)
	}
	r, err := n.Measure(batch, network.Evaluate)
	require.NoError(t, err)
	assert.Equal(t, len(batch.Labels), r.Correct, "with running statistics, after %d steps", steps)
}
