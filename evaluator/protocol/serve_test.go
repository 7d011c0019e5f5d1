package protocol_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/searchspace"
)

// requestLines returns requests for one cell, one for each id.
func requestLines(t *testing.T, ids ...string) string {
	space := searchspace.NASBench201{}
	cell, err := space.Parse("|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|")
	require.NoError(t, err)
	var text bytes.Buffer
	for _, id := range ids {
		r := protocol.NewRequest(id, space, cell)
		r.Seed = 5
		r.Budget = map[string]float64{"epochs": 12}
		require.NoError(t, protocol.Write(&text, &r))
	}
	return text.String()
}

// serve answers the requests of a text with a function and returns the replies.
func serve(t *testing.T, ctx context.Context, text string, f evaluator.Func) ([]protocol.Reply, error) {
	var out bytes.Buffer
	err := protocol.Serve(ctx, strings.NewReader(text), &out, searchspace.NASBench201{}, f)
	var replies []protocol.Reply
	for reader := protocol.NewReader(&out); ; {
		var r protocol.Reply
		if err := reader.Read(&r); err == io.EOF {
			break
		} else {
			require.NoError(t, err)
		}
		replies = append(replies, r)
	}
	return replies, err
}

func TestServeAnswersOneAfterTheOther(t *testing.T) {
	replies, err := serve(t, t.Context(), requestLines(t, "1", "2", "3"),
		func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
			r, ok := protocol.RequestFrom(ctx)
			require.True(t, ok)
			require.True(t, a.Equal(r.Arch))
			assert.Equal(t, "nasbench201", r.Space)
			assert.Equal(t, map[string]float64{"epochs": 12}, r.Budget)
			assert.EqualValues(t, 5, r.Seed)
			if r.ID == "2" {
				return evaluator.Result{}, fmt.Errorf("busy: %w", evaluator.ErrTemporary)
			}
			evaluator.Report(ctx, protocol.Progress{Fraction: 0.5, Message: "half"})
			evaluator.Report(ctx, protocol.Progress{Fraction: math.NaN()})
			return evaluator.Result{Value: 3, Cost: time.Second}, nil
		})
	require.NoError(t, err)
	half := &protocol.Progress{Fraction: 0.5, Message: "half"}
	three := &evaluator.Result{Value: 3, Cost: time.Second}
	assert.Equal(t, []protocol.Reply{
		{ID: "1", Progress: half},
		{ID: "1", Result: three},
		{ID: "2", Failure: &protocol.Failure{
			Message: "busy: temporary failure", Temporary: true,
		}},
		{ID: "3", Progress: half},
		{ID: "3", Result: three},
	}, replies)
}

func TestServeAnswersWhateverTheEvaluatorDoes(t *testing.T) {
	metrics := map[string]float64{}
	for i := range 100_000 {
		metrics[fmt.Sprint(i)] = 1 / float64(i+1)
	}
	for name, c := range map[string]struct {
		evaluate func() (evaluator.Result, error)
		message  string
	}{
		"error":           {func() (evaluator.Result, error) { return evaluator.Result{}, errors.New("too large") }, "too large"},
		"empty error":     {func() (evaluator.Result, error) { return evaluator.Result{}, errors.New("") }, "failed without an error message"},
		"panic":           {func() (evaluator.Result, error) { panic("boom") }, "panicked: boom"},
		"NaN":             {func() (evaluator.Result, error) { return evaluator.Result{Value: math.NaN()}, nil }, "not a finite"},
		"endless metrics": {func() (evaluator.Result, error) { return evaluator.Result{Metrics: metrics}, nil }, "a line has more than"},
		"endless error": {func() (evaluator.Result, error) {
			return evaluator.Result{}, errors.New(strings.Repeat("ä\xff", protocol.MaxLine))
		}, "ä�"},
	} {
		t.Run(name, func(t *testing.T) {
			replies, err := serve(t, t.Context(), requestLines(t, "1"),
				func(context.Context, searchspace.Arch) (evaluator.Result, error) { return c.evaluate() })
			require.NoError(t, err)
			require.Len(t, replies, 1)
			require.NotNil(t, replies[0].Failure)
			assert.Contains(t, replies[0].Failure.Message, c.message)
			assert.False(t, replies[0].Failure.Temporary)
		})
	}
}

func TestServeLeavesOutMetricsThatAreNotFinite(t *testing.T) {
	metrics := map[string]float64{"loss": math.NaN(), "params": 3, "ratio": math.Inf(1)}
	replies, err := serve(t, t.Context(), requestLines(t, "1"), func(context.Context, searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: 1, Metrics: metrics}, nil
	})
	require.NoError(t, err)
	assert.Equal(t, []protocol.Reply{{ID: "1", Result: &evaluator.Result{Value: 1, Metrics: map[string]float64{"params": 3}}}}, replies)
	assert.Len(t, metrics, 3, "they belong to the evaluator")
}

// panicking is a space whose Validate panics.
type panicking struct{ searchspace.NASBench201 }

func (panicking) Validate(searchspace.Arch) error { panic("index out of range") }

func TestServeOutlivesASpaceThatPanics(t *testing.T) {
	var out bytes.Buffer
	err := protocol.Serve(t.Context(), strings.NewReader(requestLines(t, "1", "2")), &out, panicking{}, nil)
	require.NoError(t, err)
	for _, id := range []string{"1", "2"} {
		line, err := out.ReadString('\n')
		require.NoError(t, err)
		assert.Equal(t, `{"id":"`+id+`","error":"validating the architecture: the evaluator panicked: index out of range"}`+"\n", line)
	}
}

func TestServeSkipsBlankLines(t *testing.T) {
	text := "\ufeff" + strings.ReplaceAll(requestLines(t, "1", "2"), "\n", "\r\n\n \r\n")
	replies, err := serve(t, t.Context(), text, func(context.Context, searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: 1}, nil
	})
	require.NoError(t, err)
	assert.Len(t, replies, 2)
}

func TestServeRefusesOtherSpaces(t *testing.T) {
	untouched := evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
		t.Error("it was evaluated")
		return evaluator.Result{}, nil
	})
	text := requestLines(t, "1")
	for want, text := range map[string]string{
		`of space "nasbench201", not of "darts"`: strings.Replace(text, `"nasbench201"`, `"darts"`, 1),
		"invalid architecture":                   strings.Replace(text, `"nor_conv_3x3"}`, `"os.system"}`, 1),
	} {
		replies, err := serve(t, t.Context(), text, untouched)
		require.NoError(t, err)
		require.Len(t, replies, 1)
		require.NotNil(t, replies[0].Failure)
		assert.Contains(t, replies[0].Failure.Message, want)
	}
}

func TestServeEndsIfTheEvaluatorIsBroken(t *testing.T) {
	replies, err := serve(t, t.Context(), requestLines(t, "1", "2"),
		func(context.Context, searchspace.Arch) (evaluator.Result, error) {
			return evaluator.Result{}, fmt.Errorf("%w: no GPU", evaluator.ErrBroken)
		})
	assert.ErrorIs(t, err, evaluator.ErrBroken)
	require.Len(t, replies, 1)
	assert.Equal(t, &protocol.Failure{Message: "the evaluator is broken: no GPU", Temporary: true}, replies[0].Failure)
}

func TestServeEndsAtALineThatIsNotARequest(t *testing.T) {
	one := func(context.Context, searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: 1}, nil
	}
	for line, want := range map[string]error{
		"hello\n":                        protocol.ErrMalformed,
		`{"protocol":9,"id":"2"}` + "\n": protocol.ErrVersion,
		`{"protocol":1,"id"`:             io.ErrUnexpectedEOF,
	} {
		replies, err := serve(t, t.Context(), requestLines(t, "1")+line+requestLines(t, "3"), one)
		if want == io.ErrUnexpectedEOF {
			replies, err = serve(t, t.Context(), requestLines(t, "1")+line, one)
		}
		assert.ErrorIs(t, err, want)
		assert.Len(t, replies, 1)
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	errEnough := errors.New("enough")
	t.Run("while it waits", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		r, w := io.Pipe()
		defer w.Close() // ends the reading that was abandoned
		time.AfterFunc(10*time.Millisecond, func() { cancel(errEnough) })
		assert.ErrorIs(t, protocol.Serve(ctx, r, io.Discard, searchspace.NASBench201{}, nil), errEnough)
	})
	t.Run("while it evaluates", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		replies, err := serve(t, ctx, requestLines(t, "1", "2"),
			func(ctx context.Context, _ searchspace.Arch) (evaluator.Result, error) {
				cancel(errEnough)
				<-ctx.Done()
				return evaluator.Result{}, ctx.Err()
			})
		assert.ErrorIs(t, err, errEnough)
		assert.Empty(t, replies)
	})
}

func TestServeEndsIfItCannotAnswer(t *testing.T) {
	r, w := io.Pipe()
	require.NoError(t, r.Close())
	err := protocol.Serve(t.Context(), strings.NewReader(requestLines(t, "1")), w, searchspace.NASBench201{},
		evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) { return evaluator.Result{}, nil }))
	assert.ErrorIs(t, err, io.ErrClosedPipe)
}

func TestLateProgressIsNotWritten(t *testing.T) {
	var late context.Context
	replies, err := serve(t, t.Context(), requestLines(t, "1", "2"),
		func(ctx context.Context, _ searchspace.Arch) (evaluator.Result, error) {
			if late != nil {
				evaluator.Report(late, protocol.Progress{Fraction: 1}) // the first request is answered
			}
			late = ctx
			return evaluator.Result{}, nil
		})
	require.NoError(t, err)
	require.Len(t, replies, 2)
	assert.NotNil(t, replies[0].Result)
	assert.NotNil(t, replies[1].Result)
}

func TestReportWithoutRequestDoesNothing(t *testing.T) {
	evaluator.Report(t.Context(), protocol.Progress{Fraction: 0.5})
	_, ok := protocol.RequestFrom(t.Context())
	assert.False(t, ok)
}
