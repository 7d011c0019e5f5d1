package frontplot_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/plot/vg"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/frontplot"
)

// history has evaluations with the given values and sizes.
func history(figures ...[2]float64) *rl.History {
	h := &rl.History{Space: "small", Objectives: []rl.Objective{rl.Maximize(""), rl.Minimize("size")}}
	for i, f := range figures {
		h.Evaluations = append(h.Evaluations, rl.Evaluation{
			Trial: rl.Trial{ID: i}, Result: evaluator.Result{Value: f[0], Metrics: map[string]float64{"size": f[1]}},
		})
	}
	return h
}

// svg draws a history.
func svg(t *testing.T, h *rl.History) string {
	p, err := frontplot.New(h)
	require.NoError(t, err)
	w, err := p.WriterTo(12*vg.Centimeter, 10*vg.Centimeter, "svg")
	require.NoError(t, err)
	var out bytes.Buffer
	_, err = w.WriteTo(&out)
	require.NoError(t, err)
	return out.String()
}

func TestTheDrawing(t *testing.T) {
	h := history([2]float64{1, 1}, [2]float64{3, 4}, [2]float64{2, 5}, [2]float64{4, 9})
	text := svg(t, h)
	for _, part := range []string{"4 evaluations of small", "minimize size", "maximize value", "front after 1", "front after 2", "front after 4", "evaluated"} {
		assert.Contains(t, text, part)
	}
	assert.NotContains(t, text, "limit")
	h.Limits = []rl.Limit{rl.AtMost("size", 4.5)}
	text = svg(t, h)
	assert.Contains(t, text, "beyond a limit")
	assert.Contains(t, text, "within the limits")
}

func TestDrawingLittle(t *testing.T) {
	one := history([2]float64{1, 1})
	assert.Contains(t, svg(t, one), "front after 1", "a front of one point")
	equal := history([2]float64{1, 1}, [2]float64{1, 1})
	equal.Limits = []rl.Limit{rl.AtMost("size", 0)}
	assert.NotContains(t, svg(t, equal), "front after", "nothing is within the limits")
	_, err := frontplot.New(history())
	assert.EqualError(t, err, "drawing a front: no evaluation has succeeded")
	one.Objectives = one.Objectives[:1]
	_, err = frontplot.New(one)
	assert.EqualError(t, err, "drawing a front: the search must have 2 objectives, got 1")
}
