package bayes

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// outcomes returns a state in which architectures have failed with the given errors.
func outcomes(t *testing.T, space searchspace.Space, archs []searchspace.Arch, fails func(searchspace.Arch) error) *rl.State {
	var evaluations []rl.Evaluation
	for i, a := range archs {
		e := rl.Evaluation{Trial: rl.Trial{ID: i, Arch: a}, Result: evaluator.Result{Value: float64(i)}, Err: fails(a)}
		if e.Err != nil {
			e.Result = evaluator.Result{}
		}
		evaluations = append(evaluations, e)
	}
	s, err := rl.NewState(space, rl.Snapshot{Evaluations: evaluations})
	require.NoError(t, err)
	return s
}

// first returns the operation on the first edge of a cell.
func first(a searchspace.Arch) string { return a.Part(0).EdgeOp(0, 1) }

func TestFailuresAreLearned(t *testing.T) {
	space := searchspace.NASBench201{}
	archs := draws(t, space, 3, 400)
	memory := errors.New("out of memory")
	s := outcomes(t, space, archs[:60], func(a searchspace.Arch) error {
		if first(a) == "nor_conv_3x3" {
			return memory
		}
		return nil
	})
	m := remember(s, memoryKey{})
	chances, err := m.chances(m.measured(archs[60:]))
	m.turn.Unlock()
	require.NoError(t, err)
	var good, bad []float64
	for i, a := range archs[60:] {
		assert.True(t, chances[i] >= leastChance && chances[i] <= 1)
		if first(a) == "nor_conv_3x3" {
			bad = append(bad, chances[i])
		} else {
			good = append(good, chances[i])
		}
	}
	assert.Less(t, mean(bad), mean(good)-0.4)
	places, err := ModelAverage{}.Rank(t.Context(), s, archs[60:], 30)
	require.NoError(t, err)
	failing := 0
	for _, i := range places {
		if first(archs[60+i]) == "nor_conv_3x3" {
			failing++
		}
	}
	assert.LessOrEqual(t, failing, 3, "of 30, as many would fail by chance as 6")
}

func mean(x []float64) (m float64) {
	for _, v := range x {
		m += v / float64(len(x))
	}
	return m
}

// An evaluator in several processes is uncertain about a failure or not, depending on which process succeeds first.
func TestUncertainFailuresAreFailures(t *testing.T) {
	space := searchspace.NASBench201{}
	archs := draws(t, space, 5, 60)
	chances := func(err error) []float64 {
		s := outcomes(t, space, archs[:40], func(a searchspace.Arch) error {
			if first(a) == "nor_conv_3x3" {
				return err
			}
			return nil
		})
		m := remember(s, memoryKey{})
		defer m.turn.Unlock()
		got, err := m.chances(m.measured(archs[40:]))
		require.NoError(t, err)
		return got
	}
	certain := chances(errors.New("out of memory"))
	require.NotNil(t, certain)
	assert.Equal(t, certain, chances(fmt.Errorf("%w: out of memory", evaluator.ErrUncertain)))
	assert.Nil(t, chances(evaluator.ErrTemporary))
}

func TestChancesWithoutFailures(t *testing.T) {
	space := searchspace.NASBench201{}
	archs := draws(t, space, 4, 12)
	for name, fails := range map[string]error{"none failed": nil, "all failed": errors.New("bad"), "for the time being": fmt.Errorf("%w: busy", evaluator.ErrTemporary)} {
		n := 0
		s := outcomes(t, space, archs[:10], func(searchspace.Arch) error {
			if n++; name == "for the time being" && n%2 == 0 {
				return nil
			}
			return fails
		})
		m := remember(s, memoryKey{})
		chances, err := m.chances(m.measured(archs[10:11]))
		m.turn.Unlock()
		require.NoError(t, err)
		assert.Nil(t, chances, name)
	}
}
