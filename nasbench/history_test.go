package nasbench_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// evaluation returns an evaluation of a search.
func evaluation(t *testing.T, id int, text string, value float64, failure error) rl.Evaluation {
	t.Helper()
	e := rl.Evaluation{Trial: rl.Trial{ID: id, Arch: cell(t, text), Source: rl.SourceExplorer}, Err: failure}
	if failure == nil {
		e.Result = evaluator.Result{Value: value, Cost: time.Duration(id+1) * time.Second, Metrics: map[string]float64{"test": value + 1}}
	}
	return e
}

func TestTheHistoryOfASearchIsATable(t *testing.T) {
	space := searchspace.NASBench201{}
	penalized := evaluation(t, 2, pools, -1, nil)
	penalized.Result.Failure = "out of memory"
	history := rl.History{Evaluations: []rl.Evaluation{
		evaluation(t, 0, skips, 61.5, nil), evaluation(t, 1, convs, 0, errors.New("out of disk,\nagain")), penalized,
	}}
	var text bytes.Buffer
	require.NoError(t, history.WriteCSV(&text, space))
	table, err := nasbench.ReadCSV(&text, "history.csv", space)
	require.NoError(t, err)
	assert.Equal(t, 3, table.Len())
	assert.Subset(t, table.Columns(), []string{"trial", "value", "cost_seconds", "test"})
	with, err := table.WithCost("cost_seconds")
	require.NoError(t, err)
	e, err := with.Evaluator("value", "test")
	require.NoError(t, err)
	r, err := e.Evaluate(t.Context(), cell(t, skips))
	require.NoError(t, err)
	assert.Equal(t, evaluator.Result{Value: 61.5, Cost: time.Second, Metrics: map[string]float64{"test": 62.5}}, r)
	for _, failed := range []string{convs, pools} {
		_, err = e.Evaluate(t.Context(), cell(t, failed))
		assert.ErrorIs(t, err, nasbench.ErrNotRecorded, "nothing is recorded of a failed evaluation")
	}
	_, err = table.Evaluator("source")
	assert.ErrorIs(t, err, nasbench.ErrNotNumeric)
}

func TestAHistoryMayRepeatAnArchitecture(t *testing.T) {
	const header = "trial,group,source,log_prob,value,best,cost_seconds,arch,error\n"
	for name, c := range map[string]struct {
		lines   string
		value   float64
		message string
	}{
		"the same value": {"0,0,a,,70,70,1," + skips + ",\n1,0,a,,70,70,2," + skips + ",\n", 70, ""},
		"failed first":   {"0,0,a,,,,1," + skips + ",full\n1,0,a,,70,70,2," + skips + ",\n", 70, ""},
		"failed again":   {"0,0,a,,70,70,1," + skips + ",\n1,0,a,,0,70,2," + skips + ",full\n", 70, ""},
		"another value": {"0,0,a,,70,70,1," + skips + ",\n1,0,a,,71,71,2," + skips + ",\n", 0,
			"small.csv: line 3: the architecture " + skips + " has value 71, but 70 on line 2"},
		"no values": {"0,0,a,,x,70,1," + skips + ",\n1,0,a,,x,71,2," + skips + ",\n", 0, "is already on line 2"},
	} {
		t.Run(name, func(t *testing.T) {
			table, err := nasbench.ReadCSV(strings.NewReader(header+c.lines), "small.csv", searchspace.NASBench201{})
			if c.message != "" {
				assert.ErrorContains(t, err, c.message)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, 1, table.Len())
			v, err := table.Value(cell(t, skips), "value")
			require.NoError(t, err)
			assert.Equal(t, c.value, v)
		})
	}
}
