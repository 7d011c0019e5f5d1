package network_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/searchspace"
)

// TestFingerprints checks that networks with the same parameters and FLOPs that compute different functions have different
// fingerprints.
func TestFingerprints(t *testing.T) {
	in := network.Input{Channels: 2, Height: 4, Width: 4, Classes: 2}
	fingerprint := func(middle func(b *network.Builder, x network.Value) network.Value) string {
		return plan(t, network.DesignFunc(func(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
			x := b.BatchNorm("norm", b.Conv("conv", b.Images(), 2, network.Kernel{Size: 3}))
			return b.Linear("head", b.GlobalAvgPool(middle(b, x)), b.Classes()), nil
		}), searchspace.Arch{}, in).Fingerprint()
	}
	seen := map[string]string{}
	for name, middle := range map[string]func(b *network.Builder, x network.Value) network.Value{
		"nothing":       func(_ *network.Builder, x network.Value) network.Value { return x },
		"ReLU":          func(b *network.Builder, x network.Value) network.Value { return b.ReLU(x) },
		"ReLU unfused":  func(b *network.Builder, x network.Value) network.Value { return b.Sum(x, b.ReLU(x)) },
		"ReLU of image": func(b *network.Builder, x network.Value) network.Value { return b.Sum(x, b.ReLU(b.Images())) },
		"sum":           func(b *network.Builder, x network.Value) network.Value { return b.Sum(x, x) },
		"sum of image":  func(b *network.Builder, x network.Value) network.Value { return b.Sum(x, b.Images()) },
		"average":       func(b *network.Builder, x network.Value) network.Value { return b.Average(x, b.Images()) },
		"maximum":       func(b *network.Builder, x network.Value) network.Value { return b.MaxPool(x, 3, 1) },
		"mean":          func(b *network.Builder, x network.Value) network.Value { return b.AvgPool(x, 3, 1) },
		"smaller mean":  func(b *network.Builder, x network.Value) network.Value { return b.AvgPool(x, 2, 1) },
		"stride":        func(b *network.Builder, x network.Value) network.Value { return b.AvgPool(x, 3, 2) },
		"even pixels":   func(b *network.Builder, x network.Value) network.Value { return b.Subsample(x, 2, 0) },
		"odd pixels":    func(b *network.Builder, x network.Value) network.Value { return b.Subsample(x, 2, 1) },
		"zero":          func(b *network.Builder, x network.Value) network.Value { return b.Zero(x) },
	} {
		print := fingerprint(middle)
		assert.Equal(t, print, fingerprint(middle), name)
		assert.Empty(t, seen[print], name)
		seen[print] = name
	}
}
