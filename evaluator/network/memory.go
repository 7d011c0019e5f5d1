package network

import (
	"fmt"
	"math"
)

// Memory returns the maximum number of bytes that training takes with batches of the given size: parameters and gradients of the
// whole layout, running statistics, and the memory of the passes. For a plan that shares a layout, it includes the whole shared
// layout.
func (p *Plan) Memory(batch int) int64 {
	pieces := min(batch, maxPieces)
	// float64 does not overflow, and is exact for all sizes up to any realistic limit.
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
			values += size + float64(pieces)*size // the transposed weights, and each piece's share of the gradient
		}
	}
	return int64(min(4*values, 1<<62))
}

// scratch returns the scratch memory, in values, that a piece of a batch needs: the maximum over the layers.
func (p *Plan) scratch() (most int) {
	for _, n := range p.live {
		if l, ok := n.layer.(interface{ Scratch() int }); ok {
			most = max(most, l.Scratch())
		}
	}
	return most
}

// aligned returns the number of values that a workspace uses for n values.
func aligned(n float64) float64 { return math.Ceil(n/workspaceAlign) * workspaceAlign }

// CheckMemory returns an error if training with batches of the given size would take more than limit bytes. The error wraps
// [ErrTooLarge] and names the architecture.
func (p *Plan) CheckMemory(batch int, limit int64) error {
	if need := p.Memory(batch); need > limit {
		return fmt.Errorf("network of %s: %w: with %d parameters and batches of %d it needs %d MiB, but the limit is %d MiB", p.arch, ErrTooLarge, p.Params(),
			batch, need>>20, limit>>20)
	}
	return nil
}
