package tensorboard_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/internal/tfrecord"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/report/tensorboard"
	"github.com/graphpnas/graphpnas/searchspace"
)

var noon = tensorboard.Options{Now: func() time.Time { return time.Unix(1_700_000_000, 5e8) }}

// message holds the fields of a protocol buffer message by number.
type message map[protowire.Number][]any

func decode(t *testing.T, text []byte) message {
	m := message{}
	for len(text) > 0 {
		n, kind, size := protowire.ConsumeTag(text)
		require.GreaterOrEqual(t, size, 0)
		text = text[size:]
		var value any
		switch kind {
		case protowire.VarintType:
			value, size = protowire.ConsumeVarint(text)
		case protowire.Fixed32Type:
			var bits uint32
			bits, size = protowire.ConsumeFixed32(text)
			value = math.Float32frombits(bits)
		case protowire.Fixed64Type:
			var bits uint64
			bits, size = protowire.ConsumeFixed64(text)
			value = math.Float64frombits(bits)
		case protowire.BytesType:
			value, size = protowire.ConsumeBytes(text)
		}
		require.GreaterOrEqual(t, size, 0)
		m[n], text = append(m[n], value), text[size:]
	}
	return m
}

// events reads an event file. It returns scalars as "step tag value", and the messages of other values by tag.
func events(t *testing.T, file []byte) (scalars []string, others map[string]message) {
	r, err := tfrecord.NewReader(bytes.NewReader(file), 1<<20)
	require.NoError(t, err)
	others = map[string]message{}
	for i := 0; ; i++ {
		record, err := r.Append(nil)
		if errors.Is(err, io.EOF) {
			return scalars, others
		}
		require.NoError(t, err)
		e := decode(t, record)
		if i == 0 {
			assert.Equal(t, "brain.Event:2", string(e[3][0].([]byte)))
			continue
		}
		assert.Equal(t, 1_700_000_000.5, e[1][0])
		value := decode(t, decode(t, e[5][0].([]byte))[1][0].([]byte))
		tag := string(value[1][0].([]byte))
		if number, ok := value[2]; ok {
			scalars = append(scalars, fmt.Sprint(e[2][0], " ", tag, " ", number[0]))
		} else {
			others[tag] = value
		}
	}
}

func history(t *testing.T) *rl.History {
	space := searchspace.NASBench201{}
	said, err := json.Marshal(rl.Diagnostic{Explored: 2, Samples: 9, Entropy: 3.5, Fit: &generator.FitReport{FirstLoss: 2, LastLoss: 1}, Marginals: &generator.Marginals{}})
	require.NoError(t, err)
	h := &rl.History{Space: space.Name(), Groups: []rl.Group{{Number: 0, Diagnostic: json.RawMessage(`"words"`)}, {Number: 1, Diagnostic: said}}}
	for a := range space.All() {
		e := rl.Evaluation{Trial: rl.Trial{ID: len(h.Evaluations), Group: len(h.Evaluations) / 2, Arch: a}}
		switch e.ID {
		case 0:
			e.Result = evaluator.Result{Value: 2, Metrics: map[string]float64{"params": 7}, Cost: 30 * time.Minute}
		case 1:
			e.Err = errors.New("no memory")
		case 2:
			e.Result = evaluator.Result{Value: 1, Cost: time.Hour}
		}
		if h.Evaluations = append(h.Evaluations, e); e.ID == 2 {
			return h
		}
	}
	return nil
}

func TestEvents(t *testing.T) {
	space := searchspace.NASBench201{}
	var file bytes.Buffer
	require.NoError(t, tensorboard.Write(&file, space, history(t), noon))
	scalars, others := events(t, file.Bytes())
	assert.Equal(t, []string{
		"1 search/value 2", "1 search/best 2", "1 search/cost_hours 0.5", "1 metrics/params 7", "2 search/failed 1",
		"2 generator/explored 2", "2 generator/samples 9", "2 generator/first_loss 2", "2 generator/last_loss 1", "2 generator/entropy 3.5",
		"3 search/value 1", "3 search/best 2", "3 search/cost_hours 1.5",
	}, scalars)
	picture := decode(t, others["best/picture"][4][0].([]byte))
	size, err := png.DecodeConfig(bytes.NewReader(picture[4][0].([]byte)))
	require.NoError(t, err)
	assert.Equal(t, []uint64{uint64(size.Height), uint64(size.Width)}, []uint64{picture[1][0].(uint64), picture[2][0].(uint64)})
	words := decode(t, others["best/notation"][8][0].([]byte))
	assert.Contains(t, string(words[8][0].([]byte)), "2: |")
	assert.Equal(t, "events.out.tfevents.1700000000.graphpnas", tensorboard.FileName(noon.Now()))
}

// A Writer of a running search writes the same file as Write at the end.
func TestWriterOfARunningSearch(t *testing.T) {
	h := history(t)
	var file, end bytes.Buffer
	w := tensorboard.NewWriter(&file, noon)
	for i, e := range h.Evaluations {
		if i%2 == 0 {
			require.NoError(t, w.Group(h.Groups[i/2], nil))
		}
		require.NoError(t, w.Evaluation(e))
	}
	best, _ := h.Best()
	require.NoError(t, w.Best(searchspace.NASBench201{}, best))
	require.NoError(t, tensorboard.Write(&end, searchspace.NASBench201{}, h, noon))
	assert.Equal(t, end.Bytes(), file.Bytes())
}

// The tag search/best follows the single objective of the search.
func TestObjectives(t *testing.T) {
	h := history(t)
	bests := func() (all []string) {
		var file bytes.Buffer
		require.NoError(t, tensorboard.Write(&file, searchspace.NASBench201{}, h, noon))
		scalars, _ := events(t, file.Bytes())
		for _, s := range scalars {
			if strings.Contains(s, "search/best") {
				all = append(all, s)
			}
		}
		return all
	}
	h.Objectives = []rl.Objective{rl.Minimize("")}
	assert.Equal(t, []string{"1 search/best 2", "3 search/best 1"}, bests())
	h.Limits = []rl.Limit{rl.AtLeast("", 1.5)}
	assert.Equal(t, []string{"1 search/best 2", "3 search/best 2"}, bests(), "1 is beyond the limit")
	h.Limits = nil
	h.Objectives = append(h.Objectives, rl.Minimize("params"))
	h.Evaluations = h.Evaluations[:1]
	assert.Empty(t, bests())
}

// The tag search/best only considers the full budget, and an evaluation that the search stopped has not failed.
func TestBudgets(t *testing.T) {
	h := history(t)
	h.Evaluations[0].Budget = 4
	h.Evaluations[1].Err, h.Evaluations[1].Result.Cost = fmt.Errorf("trial 1: %w", evaluator.ErrStopped), 15*time.Minute
	var file bytes.Buffer
	require.NoError(t, tensorboard.Write(&file, searchspace.NASBench201{}, h, noon))
	scalars, _ := events(t, file.Bytes())
	for _, want := range []string{"1 search/budget 4", "1 search/value 2", "2 search/stopped 1", "2 search/cost_hours 0.75", "3 search/cost_hours 1.75", "3 search/best 1"} {
		assert.Contains(t, scalars, want)
	}
	for _, unwanted := range []string{"1 search/best 2", "2 search/failed 1"} {
		assert.NotContains(t, scalars, unwanted)
	}
}

func TestWriteErrors(t *testing.T) {
	full := errors.New("the disk is full")
	w := tensorboard.NewWriter(failing{full}, noon)
	assert.ErrorIs(t, w.Evaluation(rl.Evaluation{}), full)
	assert.ErrorIs(t, tensorboard.Write(failing{full}, searchspace.NASBench201{}, history(t), noon), full)
	assert.ErrorIs(t, tensorboard.Write(failing{full}, searchspace.NASBench201{}, &rl.History{}, noon), full)
}

// failing is a writer that fails.
type failing struct{ error }

func (f failing) Write([]byte) (int, error) { return 0, f.error }
