package predictor

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// surrogate returns a Surrogate that has records, with metrics, of the given architectures and predicts the number of edges of others.
func surrogate(t *testing.T, recorded ...searchspace.Arch) (s Surrogate, metrics map[string]float64) {
	space := searchspace.NASBench201{}
	metrics = map[string]float64{"params": 3}
	record := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		for _, r := range recorded {
			if r.Equal(a) {
				return evaluator.Result{Value: -5, Metrics: metrics, Cost: time.Hour}, nil
			}
		}
		return evaluator.Result{}, fmt.Errorf("%w: %v", nasbench.ErrNotRecorded, a)
	})
	data := examplesOf(randomArchs(t, space, newRand(9), 30), edges)
	return Surrogate{Recorded: record, Missing: nasbench.ErrNotRecorded, Value: trained(t, space, data, little)}, metrics
}

func TestSurrogateMarksPredictions(t *testing.T) {
	archs := randomArchs(t, searchspace.NASBench201{}, newRand(1), 2)
	s, metrics := surrogate(t, archs[0])

	r, err := s.Evaluate(t.Context(), archs[0])
	require.NoError(t, err)
	assert.Equal(t, evaluator.Result{
		Value: -5, Metrics: map[string]float64{"params": 3, Predicted: 0}, Cost: time.Hour,
	}, r)
	assert.Equal(t, map[string]float64{"params": 3}, metrics, "the record's own metrics are not modified")

	r, err = s.Evaluate(t.Context(), archs[1])
	require.NoError(t, err)
	assert.Equal(t, evaluator.Result{
		Value: predict(t, s.Value, archs[1])[0], Metrics: map[string]float64{Predicted: 1},
	}, r)
}

func TestSurrogatePassesOtherErrorsThrough(t *testing.T) {
	archs := randomArchs(t, searchspace.NASBench201{}, newRand(1), 1)
	s, _ := surrogate(t)
	errDisk := errors.New("the disk is gone")
	s.Recorded = evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{}, errDisk
	})
	for _, s.Missing = range []error{nasbench.ErrNotRecorded, nil} {
		r, err := s.Evaluate(t.Context(), archs[0])
		require.ErrorIs(t, err, errDisk)
		assert.Zero(t, r)
	}
}

func TestSurrogateWithoutRecords(t *testing.T) {
	archs := randomArchs(t, searchspace.NASBench201{}, newRand(1), 1)
	s, _ := surrogate(t)
	s.Recorded = nil
	r, err := s.Evaluate(t.Context(), archs[0])
	require.NoError(t, err)
	assert.Equal(t, 1., r.Metrics[Predicted])

	s.Value = nil
	_, err = s.Evaluate(t.Context(), archs[0])
	require.ErrorIs(t, err, evaluator.ErrBroken)
}

func TestSurrogateRejectsOtherArchitectures(t *testing.T) {
	s, _ := surrogate(t)
	_, err := s.Evaluate(t.Context(), randomArchs(t, searchspace.NASBench101{}, newRand(1), 1)[0])
	require.ErrorIs(t, err, searchspace.ErrInvalid)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.Evaluate(ctx, randomArchs(t, searchspace.NASBench201{}, newRand(1), 1)[0])
	require.ErrorIs(t, err, context.Canceled)
}

func TestSurrogatePredictsCost(t *testing.T) {
	space := searchspace.NASBench201{}
	a := randomArchs(t, space, newRand(1), 1)[0]
	s, _ := surrogate(t)
	for seconds, want := range map[float64]time.Duration{1.5: 1500 * time.Millisecond, -3: 0} {
		s.Cost = trained(t, space, []Example{{Arch: a, Value: seconds}}, little)
		r, err := s.Evaluate(t.Context(), a)
		require.NoError(t, err)
		assert.Equal(t, want, r.Cost)
	}
	s.Cost = trained(t, space, []Example{{Arch: a, Value: 1e300}}, little)
	r, err := s.Evaluate(t.Context(), a)
	require.NoError(t, err)
	assert.Positive(t, r.Cost)

	s.Cost = trained(t, searchspace.NASBench101{}, examplesOf(randomArchs(t, searchspace.NASBench101{}, newRand(1), 1), edges), little)
	_, err = s.Evaluate(t.Context(), a)
	require.ErrorIs(t, err, searchspace.ErrInvalid)
}
