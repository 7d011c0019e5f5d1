package network_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/graphpnas/graphpnas/evaluator/network"
)

// TestDARTSOnFlatImages checks that reductions halve only the width of an image with one row, and only the height of one with one
// column.
func TestDARTSOnFlatImages(t *testing.T) {
	darts := spaces(t)[3]
	for _, in := range []network.Input{
		{Channels: 1, Height: 1, Width: 16, Classes: 2}, {Channels: 1, Height: 16, Width: 1, Classes: 2}, {Channels: 1, Height: 1, Width: 1, Classes: 2},
	} {
		_, err := network.NewPlan(darts.design, darts.arch, in)
		assert.NoError(t, err, "%+v", in)
	}
}
