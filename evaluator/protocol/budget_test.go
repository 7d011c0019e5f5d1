package protocol_test

import (
	"context"
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/searchspace"
)

// trainer is an evaluator with budgets in epochs, which keeps the last budget that it was given.
type trainer struct{ given *evaluator.Budget }

func (trainer) Unit() string { return "epochs" }

func (t trainer) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return t.EvaluateAt(ctx, a, evaluator.Budget{})
}

func (t trainer) EvaluateAt(_ context.Context, _ searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	*t.given = b
	return evaluator.Result{}, nil
}

// A program evaluates at the amount that it is asked for. Asked for no amount, it evaluates at the one in the request's own budget
// or, without that, at its own full budget, and still continues from where an earlier evaluation ended.
func TestTheProgramGetsTheBudgetThatWasAskedFor(t *testing.T) {
	space := searchspace.NASBench201{}
	cell, err := space.Parse("|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|")
	require.NoError(t, err)
	amounts := rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0.1, 200))
	rapid.Check(t, func(t *rapid.T) {
		r := protocol.NewRequest("1", space, cell)
		if own := amounts.Draw(t, "own epochs"); own > 0 {
			r.Budget = map[string]float64{"epochs": own, "channels": 16}
		}
		asked := evaluator.Budget{Amount: amounts.Draw(t, "epochs"), Resume: rapid.SampledFrom([]string{"", "checkpoint"}).Draw(t, "resume")}
		want := asked
		if asked.Amount == 0 {
			want.Amount = r.Budget["epochs"]
		}
		before := maps.Clone(r.Budget)

		var given evaluator.Budget
		_, err := protocol.Answer(context.Background(), r.At("epochs", asked), space, trainer{&given}, nil)
		require.NoError(t, err)
		assert.Equal(t, want, given)
		assert.Equal(t, before, r.Budget, "the original request has changed")
		assert.Equal(t, before["channels"], r.At("epochs", asked).Budget["channels"])
	})
}
