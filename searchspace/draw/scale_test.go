package draw

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestScale(t *testing.T) {
	small, large := &picture{width: 400, height: 100}, &picture{width: 20_000, height: 20_000}
	assert.Equal(t, 2.0, small.scale(0))
	assert.Equal(t, 0.5, small.scale(0.5))
	assert.InDelta(t, 40, small.scale(1e6), 1e-9) // 16,000 × 4,000 pixels
	assert.InDelta(t, 0.4, large.scale(0), 1e-9)
}
