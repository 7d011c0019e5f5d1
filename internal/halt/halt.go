// Package halt ends a long computation between two of its stages when its context ends.
package halt

import (
	"context"
	"math"
)

// Point is a place to stop at. The zero Point never stops.
type Point struct{ ctx context.Context }

// At returns a Point that stops when ctx has ended.
func At(ctx context.Context) Point { return Point{ctx} }

// halted is what Check panics with.
type halted struct{}

// Check ends the computation if the context has ended. Catch must be deferred further up in the same goroutine.
func (p Point) Check() {
	if p.ctx != nil && p.ctx.Err() != nil {
		panic(halted{})
	}
}

// Catch makes the loss of a computation that was ended NaN, so that no step is taken by an unfinished gradient.
func Catch(loss *float64) {
	switch v := recover(); v {
	case nil:
	case halted{}:
		*loss = math.NaN()
	default:
		panic(v)
	}
}
