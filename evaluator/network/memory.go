package network

import (
	"fmt"
	"math"
)

// Memory is how many bytes training with batches of so many images takes at most: parameters and gradients, those of the
// whole layout, running statistics, and what passes keep. A plan that shares a layout takes as much of it as the others do.
func (p *Plan) Memory(batch int) int64 {
	pieces := min(batch, maxPieces)
	// In float64, which is exact up to where any limit would be, no number of images or layers overflows.
	values := 2*float64(p.layout.learned.size) + float64(p.layout.statistics.size) + float64(pieces)*float64(p.scratch())
	withGradient := func(value int) float64 { return 2 * aligned(float64(batch)*float64(p.sizes[value].Len())) }
	values += withGradient(0)
	for _, n := range p.live {
		values += withGradient(n.output)
		if l, ok := n.layer.(*norm); ok {
			values += float64(normVectors+normPieceVectors*pieces) * aligned(float64(l.Channels))
		}
	}
	for _, param := range p.params {
		if size := aligned(float64(param.Size())); !param.Statistic {
			values += size + float64(pieces)*size // rearranged, and each piece's share of the gradient
		}
	}
	return int64(min(4*values, 1<<62))
}

// scratch is how many values of scratch memory the layers need for a piece of a batch, one after the other.
func (p *Plan) scratch() (most int) {
	for _, n := range p.live {
		if l, ok := n.layer.(interface{ Scratch() int }); ok {
			most = max(most, l.Scratch())
		}
	}
	return most
}

// aligned is what a workspace takes for so many values.
func aligned(n float64) float64 { return math.Ceil(n/workspaceAlign) * workspaceAlign }

// CheckMemory returns an error if training with batches of so many images would take more bytes than a limit. The error wraps
// ErrTooLarge and names the architecture.
func (p *Plan) CheckMemory(batch int, limit int64) error {
	if need := p.Memory(batch); need > limit {
		return fmt.Errorf("network of %s: %w: %d parameters and batches of %d take %d MiB of %d", p.arch, ErrTooLarge, p.Params(),
			batch, need>>20, limit>>20)
	}
	return nil
}
