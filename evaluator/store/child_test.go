package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/searchspace"
)

const (
	childVariable = "STORE_TEST_CHILD"
	childWorkers  = 4
	// begunLine is the length in bytes of a line of the file Begun. A killed process may write the part of a line that is before
	// the end of a page of memory and not the rest. The size of a page is a multiple of begunLine, so no line crosses its end.
	begunLine = 128
)

// child is a search in a separate process.
type child struct {
	Method      string
	Evaluations int
	Batch, Lag  int
	Arrival     bool
	Record      bool   // whether the search has a Recorder
	Leash       int    // if positive, the number of evaluations after which all further ones hang
	Store       string // path of the store
	Begun       string // path of a file to which the evaluator appends the key of each evaluation it starts
	History     string // path of a file for the history of the finished search
}

func childFromEnvironment() (c child) {
	if err := json.Unmarshal([]byte(os.Getenv(childVariable)), &c); err != nil {
		panic(err)
	}
	return c
}

// start starts the test binary as a child.
func (c child) start(t *testing.T) (*exec.Cmd, *bytes.Buffer) {
	settings, err := json.Marshal(c)
	require.NoError(t, err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+string(settings))
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	_, err = cmd.StdinPipe() // closed when the test ends, however it ends
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	return cmd, &output
}

// finish runs the child until it ends, and returns the history.
func (c child) finish(t *testing.T) string {
	cmd, output := c.start(t)
	require.NoError(t, cmd.Wait(), output)
	return c.history(t)
}

// history returns the history, with stored failures replaced by the original error texts.
func (c child) history(t *testing.T) string {
	history, err := os.ReadFile(c.History)
	require.NoError(t, err)
	return remembered.ReplaceAllString(string(history), "")
}

// begun returns the keys of the started evaluations, in order.
func (c child) begun(t *testing.T) []string {
	text, err := os.ReadFile(c.Begun)
	if !errors.Is(err, os.ErrNotExist) {
		require.NoError(t, err)
	}
	return slices.Collect(strings.FieldsSeq(string(text)))
}

// search is the child's main function: it searches NAS-Bench-201 with a store.
func (c child) search() error {
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(1) // the test has ended
	}()
	space := searchspace.NASBench201{}
	begun, err := os.OpenFile(c.Begun, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer begun.Close()
	db, err := Open(c.Store)
	if err != nil {
		return err
	}
	defer db.Close()
	var asked atomic.Int64
	train := trainings(func(a searchspace.Arch, budget float64) (evaluator.Result, error) {
		if _, err := fmt.Fprintf(begun, "%-*s\n", begunLine-1, identified(space.Key(a), budget)); err != nil {
			return evaluator.Result{}, fmt.Errorf("%w: %w", evaluator.ErrBroken, err)
		}
		if asked.Add(1) > int64(c.Leash) && c.Leash > 0 {
			time.Sleep(time.Hour)
		}
		time.Sleep(duration())
		return formula(space.Key(a))
	})
	e := db.Evaluator(space, "formula", evaluator.Func(train.Evaluate))
	if c.Method == "asha" {
		e = db.Evaluator(space, "formula", train)
	}
	method, err := c.method(space)
	if err != nil {
		return err
	}
	config := rl.Config{
		Seed: 11, Evaluations: c.Evaluations, Workers: childWorkers, Batch: c.Batch, Lag: c.Lag, Arrival: c.Arrival,
	}
	if c.Record {
		config.Recorder = db.Recorder("child")
	}
	search, err := rl.New(space, method, config)
	if err != nil {
		return err
	}
	h, err := search.Run(context.Background(), e)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := h.WriteJSONL(&text); err != nil {
		return err
	}
	return os.WriteFile(c.History, text.Bytes(), 0o600)
}

// identified returns the text that identifies an evaluation in the file Begun: the key, and the budget unless it is the full one.
func identified(key string, budget float64) string {
	if budget == 0 {
		return key
	}
	return fmt.Sprintf("%s@%.1f", key, budget)
}

// training runs evaluates at budgets of up to wholeTraining epochs of one second each, and resumes from smaller budgets.
type trainings func(a searchspace.Arch, budget float64) (evaluator.Result, error)

const wholeTraining = 9

func (trainings) Unit() string { return "epochs" }

func (f trainings) Evaluate(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return f(a, 0)
}

func (f trainings) EvaluateAt(_ context.Context, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	r, err := f(a, b.Amount)
	from, _ := strconv.ParseFloat(b.Resume, 64)
	to := b.Amount
	if to == 0 {
		to = wholeTraining
	}
	r.Cost, r.Resume = time.Duration((to-from)*float64(time.Second)), strconv.FormatFloat(to, 'g', -1, 64)
	return r, err
}

// duration draws the duration of an evaluation: a few milliseconds, but sometimes much more, so that later evaluations finish
// before earlier ones.
func duration() time.Duration {
	if rand.IntN(10) == 0 {
		return 30 * time.Millisecond
	}
	return time.Millisecond + rand.N(6*time.Millisecond)
}

// formula computes a result from a key. One cell in nine fails.
func formula(key string) (evaluator.Result, error) {
	h := fnv.New64a()
	h.Write([]byte(key))
	sum := h.Sum64()
	if sum%9 == 0 {
		return evaluator.Result{}, fmt.Errorf("out of memory at %d", sum)
	}
	value := float64(strings.Count(key, "nor_conv_3x3")) + float64(sum%1000)/1000
	return evaluator.Result{
		Value: value, Metrics: map[string]float64{"third": value / 3}, Cost: time.Duration(sum % 1e12),
	}, nil
}

func (c child) method(space searchspace.Space) (rl.Method, error) {
	switch c.Method {
	case "random":
		return baseline.RandomSearch{}, nil
	case "asha":
		return baseline.ASHA{Budgets: []float64{1, 3}, Eta: 2}, nil
	case "evolution":
		return baseline.RegularizedEvolution{Population: 12, Sample: 4}, nil
	}
	model, err := gran.New(space, gran.Config{Layers: 1, Attention: 8, Components: 2}, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		return nil, err
	}
	return rl.Reinforce{Model: model, Exploration: rl.First(40), Learner: rl.Replay{Keep: 6, Epochs: 2}}, nil
}
