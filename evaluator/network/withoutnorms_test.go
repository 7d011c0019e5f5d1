package network_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestWithoutNorms(t *testing.T) {
	design := network.WithoutNorms(network.DesignFunc(everything))
	p := plan(t, design, searchspace.Arch{}, tiny)
	assert.Empty(t, p.Layout().Statistics())
	for _, param := range p.Layout().Parameters() {
		assert.NotContains(t, param.Name, "norm")
	}
	normed := plan(t, network.DesignFunc(everything), searchspace.Arch{}, tiny)
	assert.Equal(t, normed.FLOPs(), p.FLOPs())
	assert.NotEmpty(t, normed.Layout().Statistics(), "the original design is unchanged")
	requireGradient(t, p, 0)

	n := build(t, p, network.Options{})
	for _, param := range p.Layout().Parameters() {
		if strings.HasSuffix(param.Name, ".bias") {
			clear(n.Weights().Of(param.Name))
		}
	}
	images := batchOf(rand.New(rand.NewPCG(3, 3)), tiny, 5).Images
	once, err := n.Forward(images, network.Evaluate)
	require.NoError(t, err)
	for i := range images {
		images[i] *= 4
	}
	again, err := n.Forward(images, network.Evaluate)
	require.NoError(t, err)
	for i := range once {
		assert.Equal(t, 4*once[i], again[i])
	}
}
