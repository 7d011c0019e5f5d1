package supernet

import (
	"fmt"
	"strings"

	"github.com/graphpnas/graphpnas/searchspace"
)

// ENASCover returns architectures of searchspace.NewENASMacro(layers) that together have all the shared parameters of
// network.ENASMacro: for each operation the network that has it in every layer, with all skip connections.
func ENASCover(layers int) ([]searchspace.Arch, error) {
	space, err := searchspace.NewENASMacro(layers)
	if err != nil {
		return nil, err
	}
	operations := len(space.Parts()[0].NodeOps) - 1 // but for the stem
	cover := make([]searchspace.Arch, operations)
	for op := range cover {
		var text strings.Builder
		for layer := range layers {
			fmt.Fprintf(&text, " %d%s", op, strings.Repeat(" 1", layer))
		}
		if cover[op], err = space.Parse(text.String()); err != nil {
			return nil, err
		}
	}
	return cover, nil
}
