package command

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

// event is the end of a request.
type event struct {
	arch  string
	kind  string // "result", "fault", "timeout", "NaN" or "error"
	text  string // the text of an error
	again bool   // whether the error is temporary
}

func drawEvent(t *rapid.T) event {
	return event{
		arch:  fmt.Sprint(rapid.IntRange(1, 5).Draw(t, "architecture")),
		kind:  rapid.SampledFrom([]string{"fault", "fault", "timeout", "NaN", "error", "error", "error", "result"}).Draw(t, "kind"),
		text:  rapid.SampledFrom([]string{"no torch", "no torch", "no torch", "diverged"}).Draw(t, "text"),
		again: rapid.IntRange(0, 5).Draw(t, "again") == 0,
	}
}

// report passes the event to the record and returns the error, if any.
func (e event) report(r *record) error {
	failed := &Error{Program: "train"}
	switch e.kind {
	case "result":
		r.success()
		return nil
	case "error":
		answer := &protocol.Failure{Message: e.text, Temporary: e.again}
		failed.Err = answer
		r.refusal(e.arch, failed, answer)
		return failed
	case "timeout":
		failed.Err = fmt.Errorf("%w: no answer", evaluator.ErrTimeout)
	case "NaN":
		failed.Err = fmt.Errorf("%w: %w", protocol.ErrMalformed, evaluator.ErrNotFinite)
	default:
		failed.Err = errors.New("it ended")
	}
	r.fault(failed)
	return failed
}

// The record agrees with the rules of the package documentation, applied to the whole history of requests.
func TestRecordFollowsTheRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		giveUp := rapid.SampledFrom([]int{-1, 1, 2, 3}).Draw(t, "give up")
		r := newRecord(giveUp)
		var history []event
		for _, e := range rapid.SliceOfN(rapid.Custom(drawEvent), 1, 12).Draw(t, "events") {
			err := e.report(r)
			history = append(history, e)
			proven, broken, permanent := judge(history, giveUp)
			if e.kind == "result" {
				require.NoError(t, r.verdict())
				continue
			}
			require.Equal(t, broken, errors.Is(err, evaluator.ErrBroken), "%v", history)
			require.Equal(t, permanent, evaluator.Permanent(context.Background(), err), "%v", history)
			if broken {
				require.ErrorIs(t, r.verdict(), evaluator.ErrBroken)
			}
			if proven {
				require.NoError(t, r.verdict())
			}
		}
	})
}

// judge applies the rules to the last event of a history.
func judge(history []event, giveUp int) (proven, broken, permanent bool) {
	faults, answered := 0, false
	texts, archs := map[string]bool{}, map[string]bool{}
	for _, e := range history {
		switch {
		case e.kind == "result":
			proven = true
		case e.kind != "error":
			faults++
		default:
			answered = true
			if !e.again && !proven {
				texts[e.text], archs[e.arch] = true, true
			}
		}
	}
	switch last := history[len(history)-1]; {
	case proven:
		return true, false, last.kind == "timeout" || last.kind == "error" && !last.again
	case giveUp < 0:
	case last.kind == "error":
		broken = !last.again && len(texts) == 1 && len(archs) >= giveUp
	default:
		broken = !answered && faults >= giveUp
	}
	return false, broken, false
}
