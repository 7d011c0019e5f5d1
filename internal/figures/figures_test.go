package figures

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestFiguresReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := Figures(rapid.MapOf(rapid.String(), rapid.Float64()).Draw(t, "figures"))
		text, err := json.Marshal(f)
		require.NoError(t, err)
		var back Figures
		require.NoError(t, json.Unmarshal(text, &back))
		require.Len(t, back, len(f))
		for name, v := range back {
			assert.Equal(t, f[name], v)
		}
	})
}

func TestFiguresThatAreNotFinite(t *testing.T) {
	text, err := json.Marshal(Figures{"loss": math.NaN(), "up": math.Inf(1), "down": math.Inf(-1)})
	require.NoError(t, err)
	assert.JSONEq(t, `{"loss": "NaN", "up": "+Inf", "down": "-Inf"}`, string(text))
	var back Figures
	require.NoError(t, json.Unmarshal(text, &back))
	assert.True(t, math.IsNaN(back["loss"]))
	assert.True(t, math.IsInf(back["up"], 1))
}

func TestFiguresThatAreNone(t *testing.T) {
	for _, text := range []string{`{"a": "much"}`, `{"a": true}`, `{"a": {}}`, `[1]`, `{`} {
		var f Figures
		assert.Error(t, json.Unmarshal([]byte(text), &f), text)
	}
}
