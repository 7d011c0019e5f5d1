package predictor

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStandardSettings(t *testing.T) {
	for examples, epochs := range map[int]int{1: 4000, 32: 4000, 33: 2000, 300: 400, 3200: 40, 9000: 40} {
		c, err := Config{Seed: 3}.withDefaults(examples)
		require.NoError(t, err)
		assert.Equal(t, Config{Seed: 3, Networks: 4, Hidden: 32, Layers: 4, Epochs: epochs, MemoryLimit: 2 << 30}, c, "%d examples", examples)
	}
	own := Config{Networks: 1, Hidden: 2, Layers: 3, Epochs: 4, MemoryLimit: 5}
	c, err := own.withDefaults(300)
	require.NoError(t, err)
	assert.Equal(t, own, c)
}
