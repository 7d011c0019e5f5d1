// Package finite distinguishes finite numbers from NaN and infinities.
package finite

import (
	"errors"
	"math"
)

// ErrNotFinite is wrapped by the error about a number that is NaN or infinite.
var ErrNotFinite = errors.New("not a finite number")

// Is reports whether x is neither NaN nor infinite.
func Is(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
