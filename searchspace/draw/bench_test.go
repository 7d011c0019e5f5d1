package draw_test

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/graphpnas/graphpnas/searchspace/draw"
)

func BenchmarkDraw(b *testing.B) {
	world := randWire(b, 100)
	for _, d := range []drawing{
		{name: "cell", space: searchspace.NASBench201{}, arch: member(b, searchspace.NASBench201{}, 1, 1)},
		{name: "enas", space: searchspace.ENASMacro{}, arch: member(b, searchspace.ENASMacro{}, 0.5, 1)},
		{name: "randwire100", space: world, arch: smallWorld(b, 100, 1)},
		{name: "randwire100dense", space: world, arch: member(b, world, 0.5, 1)},
		{name: "randwire300", space: randWire(b, 300), arch: smallWorld(b, 300, 1)},
	} {
		b.Run("svg/"+d.name, func(b *testing.B) {
			for b.Loop() {
				require.NoError(b, draw.SVG(io.Discard, d.space, d.arch, d.options))
			}
		})
		if d.name == "randwire300" || d.name == "randwire100dense" {
			continue
		}
		b.Run("png/"+d.name, func(b *testing.B) {
			for b.Loop() {
				require.NoError(b, draw.PNG(io.Discard, d.space, d.arch, d.options))
			}
		})
	}
}
