package draw_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/graphpnas/graphpnas/searchspace/draw"
)

var update = flag.Bool("update", false, "write testdata/*.svg anew; look at them before you commit them")

// drawing is an architecture with the options to draw it.
type drawing struct {
	name    string
	space   searchspace.Space
	arch    searchspace.Arch
	options draw.Options
}

// drawings returns a member of every space and of every ready-made shape.
func drawings(t testing.TB) []drawing {
	chain := newSpace(t, "transformer",
		searchspace.Chain("encoder", 12, 18, nil, searchspace.Ordered("heads", 2, 4, 8), searchspace.Ordered("ratio", 2, 3, 4)),
		searchspace.Params("training", searchspace.Ordered("rate", 1e-4, 3e-4, 1e-3), searchspace.Choice("optimizer", "sgd", "adam")))
	cell := searchspace.Part{MaxNodes: 6, NodeOps: []string{"conv", "pool", "skip"}, NodeFields: []searchspace.Field{
		searchspace.Ordered("kernel", 3, 5, 7).When("op", "conv"),
	}}
	cells := newSpace(t, "cells", append(cell.Copies("first", "second", "third"),
		searchspace.Params("training", searchspace.Ordered("rate", 1e-4, 1e-3)))...)
	colored := newSpace(t, "colored", searchspace.Part{Name: "graph", MaxNodes: 24, EdgeOps: searchspace.DARTS{}.Parts()[0].EdgeOps})
	gated := newSpace(t, "gated", searchspace.Part{
		Name: "graph", MaxNodes: 5, NodeOps: []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"},
		EdgeFields: searchspace.Optional("gate", searchspace.Ordered("rate", 0.1, 0.5)),
	})
	list := []drawing{
		{name: "nasbench101", space: searchspace.NASBench101{}},
		{name: "nasbench201", space: searchspace.NASBench201{}, options: draw.Options{Title: "The best of 100"}},
		{name: "enas", space: searchspace.ENASMacro{}},
		{name: "enas-down-dark", space: searchspace.ENASMacro{}, options: draw.Options{Direction: draw.TopToBottom, Dark: true}},
		{name: "darts", space: searchspace.DARTS{}},
		{name: "darts-dark", space: searchspace.DARTS{}, options: draw.Options{Dark: true}},
		{name: "randwire", space: randWire(t, 12, 12)},
		{name: "chain", space: chain},
		{name: "chain-down", space: chain, options: draw.Options{Direction: draw.TopToBottom}},
		{name: "cells", space: cells},
		{name: "cells-dark", space: cells, options: draw.Options{Dark: true}},
		{name: "colored-edges", space: colored},
		{name: "edge-fields", space: gated},
	}
	for i := range list {
		list[i].arch = member(t, list[i].space, 0.4, 7)
	}
	world := randWire(t, 32)
	return append(list, drawing{name: "small-world", space: world, arch: smallWorld(t, 32, 1)})
}

func TestGolden(t *testing.T) {
	for _, d := range drawings(t) {
		t.Run(d.name, func(t *testing.T) {
			var got bytes.Buffer
			require.NoError(t, draw.SVG(&got, d.space, d.arch, d.options))
			file := filepath.Join("testdata", d.name+".svg")
			if *update {
				require.NoError(t, os.WriteFile(file, got.Bytes(), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(want, got.Bytes()),
				"the drawing has changed; look at it, then run go test ./searchspace/draw -update")
		})
	}
}
