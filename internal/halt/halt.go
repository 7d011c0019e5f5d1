// Package halt interrupts a long computation between two of its stages when its context ends.
package halt

import (
	"context"
	"math"
)

// Point is a point at which a computation may stop. The zero Point never stops.
type Point struct{ ctx context.Context }

// At returns a Point that stops if ctx has ended.
func At(ctx context.Context) Point { return Point{ctx} }

// halted is the panic value of Check.
type halted struct{}

// Check stops the computation if the context has ended. The same goroutine must have deferred
// Catch.
func (p Point) Check() {
	if p.ctx != nil && p.ctx.Err() != nil {
		panic(halted{})
	}
}

// Catch sets the loss of an interrupted computation to NaN, so that no step is made with its
// incomplete gradient.
func Catch(loss *float64) {
	switch v := recover(); v {
	case nil:
	case halted{}:
		*loss = math.NaN()
	default:
		panic(v)
	}
}
