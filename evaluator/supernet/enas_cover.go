package supernet

import (
	"fmt"
	"strings"

	"github.com/graphpnas/graphpnas/searchspace"
)

// ENASCover returns architectures of searchspace.NewENASMacro(layers) that together contain all parameters of network.ENASMacro with
// Shared set: for each operation, the architecture that uses it in every layer, with all skip connections. It returns an error if
// layers is less than 1.
func ENASCover(layers int) ([]searchspace.Arch, error) {
	space, err := searchspace.NewENASMacro(layers)
	if err != nil {
		return nil, err
	}
	operations := len(space.Parts()[0].NodeOps) - 1 // without the stem
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
