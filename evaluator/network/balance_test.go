package network_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/searchspace"
)

// TestBalance checks that Balance scales the logits, and the product of each weight and its gradient, by exactly 2^-exponent.
func TestBalance(t *testing.T) {
	n := build(t, plan(t, network.WithoutNorms(network.DesignFunc(everything)), searchspace.Arch{}, tiny), network.Options{})
	images := batchOf(rand.New(rand.NewPCG(8, 8)), tiny, 5).Images
	compute := func() (logits, products []float32) {
		grad, err := n.GradientOf(images, func(y, dy []float32) {
			logits = slices.Clone(y)
			for i := range dy {
				dy[i] = float32(i%3) - 1
			}
		})
		require.NoError(t, err)
		for i, g := range grad {
			products = append(products, g*n.Weights().Params[i])
		}
		return logits, products
	}
	logits, products := compute()
	exponent, err := n.Balance()
	require.NoError(t, err)
	require.Positive(t, exponent)
	balanced, shares := compute()
	for i := range logits {
		assert.Equal(t, math.Ldexp(float64(logits[i]), -exponent), float64(balanced[i]))
	}
	for i := range products {
		assert.Equal(t, math.Ldexp(float64(products[i]), -exponent), float64(shares[i]))
	}

	again, err := n.Balance()
	require.NoError(t, err)
	assert.LessOrEqual(t, max(again, -again), 1, "a balanced network needs almost no further balancing")

	normed := build(t, plan(t, network.DesignFunc(everything), searchspace.Arch{}, tiny), network.Options{})
	_, err = normed.Balance()
	assert.ErrorIs(t, err, network.ErrShape)
}

// TestBalanceOfDeepNetworks checks that the logits of images of ones are near 1 in any balanced network with a path to the output.
func TestBalanceOfDeepNetworks(t *testing.T) {
	samples := spaces(t)
	for _, cell := range cells {
		samples = append(samples, sample{network.NASBench201{Channels: 16, Cells: 12}, parse(t, searchspace.NASBench201{}, cell)})
	}
	in := network.Input{Channels: 3, Height: 24, Width: 24, Classes: 4}
	for _, s := range samples {
		n := build(t, plan(t, network.WithoutNorms(s.design), s.arch, in), network.Options{})
		for i, w := range n.Weights().Params {
			n.Weights().Params[i] = max(w, -w)
		}
		exponent, err := n.Balance()
		require.NoError(t, err)
		logits, err := n.Forward(slices.Repeat([]float32{1}, 3*24*24), network.Evaluate)
		require.NoError(t, err)
		t.Logf("%+v: 2^%d · %v", s.design, exponent, logits)
		for _, v := range logits {
			assert.Less(t, math.Abs(math.Log2(float64(v))), 20.0)
		}
	}
}
